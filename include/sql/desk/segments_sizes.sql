-- How many stand in each segment and tier as they were last counted, and at the count nearest before the period: what nobody
-- is in was not counted, and is zero.
-- :days  length of the period
with latest as (
    select max(as_of) as as_of from crm.standing_size
),

before as (
    select max(s.as_of) as as_of
    from crm.standing_size as s
    cross join latest
    where s.as_of <= latest.as_of - cast(:days as integer)
),

now as (
    select s.*
    from crm.standing_size as s
    inner join latest on s.as_of = latest.as_of
),

was as (
    select s.*
    from crm.standing_size as s
    inner join before on s.as_of = before.as_of
)

select
    latest.as_of,
    coalesce(now.dimension, was.dimension) as dimension,
    coalesce(now.value, was.value) as value,
    coalesce(now.customers, 0) as customers,
    coalesce(now.net_revenue, 0) as net_revenue,
    case when before.as_of is not null then coalesce(was.customers, 0) end as customers_before
from now
full join was on now.dimension = was.dimension and now.value = was.value
cross join latest
cross join before
order by dimension asc, value asc
