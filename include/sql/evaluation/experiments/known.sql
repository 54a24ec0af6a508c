-- Has this very file been read by this very mapping, and has nothing newer been said of its campaigns since?
-- :content_hash, :mapping_hash  SHA-256 of the file and of the mapping's text
with in_force as (
    select distinct on (c.campaign, c.occasion)
        c.campaign,
        c.occasion,
        c.content_hash,
        c.mapping_hash
    from crm.imported_campaign as c
    order by c.campaign asc, c.occasion asc, c.version desc
)

select coalesce(bool_and(f.content_hash = c.content_hash and f.mapping_hash = c.mapping_hash), false) as is_known
from crm.imported_campaign as c
inner join in_force as f on c.campaign = f.campaign and c.occasion = f.occasion
where c.content_hash = :content_hash and c.mapping_hash = :mapping_hash
