-- The latest version of a list, and the first business date that nothing was decided for yet (null = nothing ever was):
-- from it on a new version may hold, so that what was decided stays as it was.
-- Parameters: list
select
    l.version,
    greatest(l.valid_from, (select max(p.business_date) + 1 from crm.plan as p)) as free_from
from crm.customer_list as l
where l.list = :list and l.valid_to is null
