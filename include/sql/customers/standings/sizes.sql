-- How many stand where, once per business date.
-- :as_of  business date of the latest refresh
delete from crm.standing_size where as_of = :as_of;

with counted as (
    select
        coalesce(segment, 'none') as segment,
        tier,
        count(*) as customers,
        sum(net_revenue) as net_revenue
    from crm.customer_state
    group by coalesce(segment, 'none'), tier
)

insert into crm.standing_size (as_of, dimension, value, customers, net_revenue)
select
    cast(:as_of as date) as as_of,
    'segment' as dimension,
    segment as value,
    sum(customers) as customers,
    sum(net_revenue) as net_revenue
from counted
group by segment
union all
select
    cast(:as_of as date) as as_of,
    'tier' as dimension,
    tier as value,
    sum(customers) as customers,
    sum(net_revenue) as net_revenue
from counted
group by tier
