-- What the customers of customer_pending bought, as known on a date: the same statement serves the daily refresh (a few
-- customers, from base_through on, by index), the first refresh and every question about the past (everybody).
-- A purchase is an order that was paid and of which something is left after its refunds; a refund belongs to the day
-- of its order, without an order to its own day. A refunded order without refund rows is refunded wholly.
-- :as_of        business date: facts as known at its end
-- :window_days  window of F and M; null = lifetime
insert into customer_measure
with span as (
    select
        cast(:as_of as date) as as_of,
        cast(:window_days as integer) as window_days,
        coalesce(cast(:as_of as date) - cast(:window_days as integer), '-infinity') as window_start
),

counted as materialized (
    select
        pending.customer_id,
        orders.order_key,
        orders.ordered_on,
        orders.amount,
        orders.status
    from customer_pending as pending
    inner join crm.orders as orders
        on
            pending.customer_id = orders.customer_id and orders.ordered_on > pending.read_after
    where
        crm.was_paid(orders.status)
        and crm.is_known(orders.known_on, orders.known_until, :as_of)
),

-- Every version: a refund of a folded order may have come, changed or gone.
recent_refund as materialized (
    select
        pending.customer_id,
        pending.changed_from,
        pending.read_after,
        refund.order_key,
        refund.refunded_on,
        refund.amount,
        crm.is_known(refund.known_on, refund.known_until, :as_of) as is_known
    from customer_pending as pending
    inner join crm.refund as refund
        on
            pending.customer_id = refund.customer_id and refund.refunded_on > pending.read_after
),

refunded as (
    select
        customer_id,
        order_key,
        sum(amount) as amount,
        min(refunded_on) as first_on
    from recent_refund
    where is_known and order_key is not null
    group by customer_id, order_key
),

netted as (
    select
        counted.customer_id,
        counted.ordered_on as day,
        counted.amount - crm.paid_back(counted.status, counted.amount, refunded.amount) as net,
        refunded.first_on as refunded_on
    from counted
    left join refunded on counted.customer_id = refunded.customer_id and counted.order_key = refunded.order_key
),

elsewhere as (
    select
        recent_refund.*,
        coalesce(of_order.is_known, false) as order_is_known,
        coalesce(of_order.is_folded, false) as order_is_folded
    from recent_refund
    left join counted
        on recent_refund.customer_id = counted.customer_id and recent_refund.order_key = counted.order_key
    left join lateral (
        select
            bool_or(
                crm.is_known(orders.known_on, orders.known_until, :as_of)
            ) as is_known,
            bool_or(orders.ordered_on <= recent_refund.read_after) as is_folded
        from crm.orders as orders
        where orders.customer_id = recent_refund.customer_id and orders.order_key = recent_refund.order_key
    ) as of_order on true
    where counted.customer_id is null
),

stale as (
    select distinct customer_id
    from elsewhere
    where order_is_folded and refunded_on >= changed_from
),

facts as (
    select
        customer_id,
        day,
        net,
        cast(net > 0 as integer) as purchase,
        refunded_on
    from netted
    union all
    select
        customer_id,
        refunded_on as day,
        -amount as net,
        0 as purchase,
        null as refunded_on
    from elsewhere
    where is_known and not order_is_known
),

daily as (
    select
        customer_id,
        day,
        sum(purchase) as purchases,
        sum(net) as net,
        count(*) as facts,
        min(refunded_on) as refunded_on
    from facts
    group by customer_id, day
),

sequenced as (
    select
        daily.*,
        max(daily.day) filter (where daily.purchases > 0 and daily.day <= :as_of)
            over (partition by daily.customer_id) as last_day,
        max(daily.day) filter (where daily.purchases > 0) over (
            partition by daily.customer_id
            order by daily.day rows between unbounded preceding and 1 preceding
        ) as previous_day
    from daily
),

placed as (
    select
        sequenced.*,
        span.window_days,
        sequenced.day > span.as_of as is_future,
        sequenced.day > span.window_start and sequenced.day <= span.as_of as in_window,
        coalesce(sequenced.day <= sequenced.last_day - span.window_days, false) as in_base,
        sequenced.purchases > 0
        and sequenced.previous_day > coalesce(sequenced.last_day - span.window_days, '-infinity')
        and sequenced.day <= span.as_of as ends_interval
    from sequenced
    cross join span
),

summed as (
    select
        customer_id,
        sum(facts) as facts,
        coalesce(bool_or(not in_base and refunded_on <= last_day - window_days), false) as refund_precedes,
        least(
            min(day) filter (where is_future),
            min(day) filter (where in_window and (net <> 0 or purchases > 0)) + min(window_days)
        ) as measures_change_on,
        min(last_day) - min(window_days) as base_through,
        coalesce(sum(purchases) filter (where in_base), 0) as folded_orders,
        coalesce(sum(net) filter (where in_base), 0) as folded_revenue,
        min(day) filter (where purchases > 0 and not is_future) as first_day,
        min(last_day) as last_order_on,
        coalesce(sum(purchases) filter (where not is_future), 0) as order_count,
        coalesce(sum(net) filter (where not is_future), 0) as net_revenue,
        percentile_cont(0.5) within group (order by day - previous_day) filter (where ends_interval) as median_interval,
        coalesce(sum(purchases) filter (where in_window), 0) as frequency,
        coalesce(sum(net) filter (where in_window), 0) as monetary
    from placed
    group by customer_id
)

select
    pending.customer_id,
    coalesce(summed.facts, 0) as facts,
    -- what is folded is not as it was, or a recent order was refunded before the window began: all is read anew
    stale.customer_id is not null
    or (coalesce(summed.refund_precedes, false) and pending.read_after > '-infinity') as is_stale,
    summed.measures_change_on,
    case when not summed.refund_precedes then summed.base_through end as base_through,
    pending.base_order_count
    + case when not summed.refund_precedes then summed.folded_orders else 0 end as base_order_count,
    pending.base_net_revenue
    + case when not summed.refund_precedes then summed.folded_revenue else 0 end as base_net_revenue,
    coalesce(pending.base_first_order_on, summed.first_day) as first_order_on,
    summed.last_order_on,
    pending.base_order_count + coalesce(summed.order_count, 0) as order_count,
    pending.base_net_revenue + coalesce(summed.net_revenue, 0) as net_revenue,
    round(cast(summed.median_interval as numeric), 2) as median_interval_days,
    coalesce(summed.frequency, 0) as frequency,
    coalesce(summed.monetary, 0) as monetary
from customer_pending as pending
left join summed on pending.customer_id = summed.customer_id
left join stale on pending.customer_id = stale.customer_id;
