-- When the first and the last customer of the group entered, and by which declaration the last; nulls where nobody did.
select
    min(e.planned_send_at) as first_at,
    max(e.planned_send_at) as last_at,
    (
        select l.declaration_hash
        from return_entry as l
        order by l.planned_send_at desc, l.declaration_hash asc
        limit 1
    ) as declaration_hash
from return_entry as e
