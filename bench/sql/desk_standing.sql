-- Where every customer stands, in a simple way: the desk reads these tables, and does not ask how they were computed.
-- %(last)s last business date
insert into crm.customer_state (
    customer_id, as_of, first_order_on, last_order_on, order_count, net_revenue, average_order_value, recency_days,
    frequency, monetary, recency_score, frequency_score, monetary_score, segment, tier, stage
)
select
    customer_id, %(last)s, first_on, last_on, orders, amount, amount / orders, cast(%(last)s as date) - last_on,
    orders, amount, 1 + abs(customer_id %% 5), 1 + abs(customer_id / 5 %% 5), 1 + abs(customer_id / 25 %% 5),
    (array['important_value', 'important_develop', 'important_keep', 'important_win_back', 'general_value',
        'general_develop', 'general_keep', 'general_win_back'])[1 + abs(customer_id / 125 %% 8)],
    case when amount >= 1000 then 'platinum' when amount >= 500 then 'gold' when amount >= 200 then 'silver' else 'base' end,
    case when last_on > cast(%(last)s as date) - 90 then 'active' else 'dormant' end
from (
    select
        customer_id,
        min(ordered_on) as first_on,
        max(ordered_on) as last_on,
        cast(count(*) as integer) as orders,
        sum(amount) as amount
    from crm.orders
    group by customer_id
) as bought;

insert into crm.customer_history (
    customer_id, valid_from, valid_to, recency_score, frequency_score, monetary_score, segment, tier, stage
)
select
    customer_id, cast(%(last)s as date) - 200, cast(%(last)s as date) - cast(5 + abs(customer_id %% 60) as integer),
    recency_score, frequency_score, monetary_score,
    case when customer_id %% 5 = 0 then 'general_develop' else segment end,
    case when customer_id %% 9 = 0 then 'base' else tier end, 'active'
from crm.customer_state
union all
select
    customer_id, cast(%(last)s as date) - cast(5 + abs(customer_id %% 60) as integer), null,
    recency_score, frequency_score, monetary_score, segment, tier, stage
from crm.customer_state;

insert into crm.refresh (as_of, settings)
select cast(day as date), 'bench'
from generate_series(cast(%(last)s as date) - 200, cast(%(last)s as date), interval '1 day') as day
