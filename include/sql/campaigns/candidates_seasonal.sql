-- Which customers have an occasion on this send date? Those in whose region the season begins in lead_days.
-- Regions that the declaration does not list belong to its default group.
-- Parameters: due_id, business_date, regions (lower case, of the groups that are due), listed (all listed regions),
-- unlisted (the default group is due)
insert into candidate (customer_id, due_id)
select
    c.customer_id,
    :due_id
from crm.customer as c
left join crm.customer_profile as p
    on
        c.customer_id = p.customer_id and p.valid_from <= :business_date
        and (p.valid_to is null or p.valid_to > :business_date)
where
    c.known_on <= :business_date and not c.is_anonymous
    and (
        lower(p.region) = any(cast(:regions as text[]))
        or (:unlisted and (p.region is null or lower(p.region) <> all(cast(:listed as text[]))))
    )
