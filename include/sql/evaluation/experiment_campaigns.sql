-- The campaigns of a file that are in force, to be evaluated.
-- :content_hash, :mapping_hash  SHA-256 of the file and of the mapping's text
with in_force as (
    select distinct on (c.campaign, c.occasion) c.*
    from crm.imported_campaign as c
    order by c.campaign asc, c.occasion asc, c.version desc
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
    complete_until
from in_force
where content_hash = :content_hash and mapping_hash = :mapping_hash
order by campaign, occasion
