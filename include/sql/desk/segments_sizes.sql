-- How many stand in each segment and tier as they were last counted, and at the count nearest before the period.
-- :days  length of the period
with latest as (
    select max(as_of) as as_of from crm.standing_size
),

before as (
    select max(s.as_of) as as_of
    from crm.standing_size as s
    cross join latest
    where s.as_of <= latest.as_of - cast(:days as integer)
)

select
    now.as_of,
    now.dimension,
    now.value,
    now.customers,
    now.net_revenue,
    was.customers as customers_before
from latest
inner join crm.standing_size as now on latest.as_of = now.as_of
cross join before
left join crm.standing_size as was
    on before.as_of = was.as_of and now.dimension = was.dimension and now.value = was.value
order by now.dimension, now.value
