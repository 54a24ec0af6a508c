-- How many customers stand in each segment, tier and stage, and in all.
select
    'segment' as dimension,
    coalesce(segment, 'none') as name,
    count(*) as customers
from crm.customer_state
group by segment
union all
select
    'tier' as dimension,
    tier as name,
    count(*) as customers
from crm.customer_state
group by tier
union all
select
    'stage' as dimension,
    stage as name,
    count(*) as customers
from crm.customer_state
group by stage
union all
select
    'total' as dimension,
    'total' as name,
    count(*) as customers
from crm.customer_state
order by dimension, name;
