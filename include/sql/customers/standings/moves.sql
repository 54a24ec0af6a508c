-- Where today's buyers stood at the end of the business date :as_of - :days, and where they stand now.
-- :as_of  business date of the latest refresh
-- :days   length of the period
with counted as (
    select
        case when was.customer_id is null then 'new' else coalesce(was.segment, 'none') end as from_segment,
        coalesce(state.segment, 'none') as to_segment,
        coalesce(was.tier, 'new') as from_tier,
        state.tier as to_tier,
        count(*) as customers
    from crm.customer_state as state
    left join crm.customer_history as was
        on
            state.customer_id = was.customer_id
            and crm.is_known(was.valid_from, was.valid_to, cast(:as_of as date) - cast(:days as integer))
    group by 1, 2, 3, 4
)

insert into crm.standing_move (days, dimension, from_value, to_value, as_of, customers)
select
    cast(:days as integer) as days,
    'segment' as dimension,
    from_segment as from_value,
    to_segment as to_value,
    cast(:as_of as date) as as_of,
    sum(customers) as customers
from counted
group by from_segment, to_segment
union all
select
    cast(:days as integer) as days,
    'tier' as dimension,
    from_tier as from_value,
    to_tier as to_value,
    cast(:as_of as date) as as_of,
    sum(customers) as customers
from counted
group by from_tier, to_tier
