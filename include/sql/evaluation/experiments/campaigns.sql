-- The campaigns of a file that are in force, to be evaluated; with the file that they were read from before.
-- :content_hash, :mapping_hash  SHA-256 of the file and of the mapping's text
with numbered as (
    select
        c.*,
        lag(c.content_hash) over (partition by c.campaign, c.occasion order by c.version) as previous_content_hash,
        row_number() over (partition by c.campaign, c.occasion order by c.version desc) as nth_from_last
    from crm.imported_campaign as c
)

select
    campaign,
    occasion,
    version,
    file_name,
    assignment,
    customers,
    windows_days,
    first_start_at,
    last_start_at,
    complete_until,
    coalesce(content_hash <> previous_content_hash, true) as is_another_file
from numbered
where nth_from_last = 1 and content_hash = :content_hash and mapping_hash = :mapping_hash
order by campaign, occasion
