-- The rows (of said_in_file) that said something new (said, after responses/say_no); the others were known. No parameters.
insert into staging.settled (
    kind, key, file_version_id, row_number, known_on, is_new, outcome, stored, moved
)
select
    'suppression' as kind,
    f.row_number,
    f.file_version_id,
    f.row_number as position,
    f.known_on,
    true as is_new,
    'published' as outcome,
    true as stored,
    false as moved
from said_in_file as f
inner join said as s
    on f.address_key = s.contact_key and f.channel = s.channel and f.reason = s.reason and f.source = s.source
where s.nth > 0;
