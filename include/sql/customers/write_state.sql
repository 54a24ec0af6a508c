-- The states as computed; customers without facts any more (and fake accounts) lose theirs. The queue is done.
-- :as_of  business date    :breakpoints_on  calibration in force
delete from crm.customer_state
where
    customer_id in (
        select scope.customer_id
        from customer_scope as scope
        left join customer_next as next on scope.customer_id = next.customer_id
        where scope.had_state and next.customer_id is null
    );

insert into crm.customer_state as state (
    customer_id, as_of, next_change_on, measures_change_on, base_through, base_order_count, base_net_revenue,
    first_order_on, last_order_on, order_count, net_revenue, average_order_value, median_interval_days,
    recency_days, frequency, monetary, recency_score, frequency_score, monetary_score, segment, tier, stage,
    breakpoints_on
)
select
    customer_id,
    :as_of,
    next_change_on,
    measures_change_on,
    base_through,
    base_order_count,
    base_net_revenue,
    first_order_on,
    last_order_on,
    order_count,
    net_revenue,
    average_order_value,
    median_interval_days,
    recency_days,
    frequency,
    monetary,
    recency_score,
    frequency_score,
    monetary_score,
    segment,
    tier,
    stage,
    cast(:breakpoints_on as date) as breakpoints_on
from customer_next
on conflict (customer_id) do update set
    as_of = excluded.as_of,
    next_change_on = excluded.next_change_on,
    measures_change_on = excluded.measures_change_on,
    base_through = excluded.base_through,
    base_order_count = excluded.base_order_count,
    base_net_revenue = excluded.base_net_revenue,
    first_order_on = excluded.first_order_on,
    last_order_on = excluded.last_order_on,
    order_count = excluded.order_count,
    net_revenue = excluded.net_revenue,
    average_order_value = excluded.average_order_value,
    median_interval_days = excluded.median_interval_days,
    recency_days = excluded.recency_days,
    frequency = excluded.frequency,
    monetary = excluded.monetary,
    recency_score = excluded.recency_score,
    frequency_score = excluded.frequency_score,
    monetary_score = excluded.monetary_score,
    segment = excluded.segment,
    tier = excluded.tier,
    stage = excluded.stage,
    breakpoints_on = excluded.breakpoints_on;

delete from crm.refresh_queue;
