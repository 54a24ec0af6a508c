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
        orders.status = 'refunded' as wholly
    from customer_pending as pending
    inner join crm.orders as orders
        on
            pending.customer_id = orders.customer_id and orders.ordered_on > pending.read_after
    where
        orders.status in ('paid', 'shipped', 'completed', 'refunded')
        and orders.known_on <= :as_of and (orders.known_until is null or orders.known_until > :as_of)
),

refunded as (
    select
        counted.customer_id,
        counted.order_key,
        sum(refund.amount) as amount
    from counted
    inner join crm.refund as refund
        on
            counted.customer_id = refund.customer_id and counted.order_key = refund.order_key
    where refund.known_on <= :as_of and (refund.known_until is null or refund.known_until > :as_of)
    group by counted.customer_id, counted.order_key
),

netted as (
    select
        counted.customer_id,
        counted.ordered_on as day,
        case
            when counted.wholly and refunded.amount is null then 0
            else counted.amount - coalesce(refunded.amount, 0)
        end as net
    from counted
    left join refunded on counted.customer_id = refunded.customer_id and counted.order_key = refunded.order_key
),

without_order as (
    select
        refund.customer_id,
        refund.refunded_on as day,
        -refund.amount as net
    from customer_pending as pending
    inner join crm.refund as refund
        on
            pending.customer_id = refund.customer_id and refund.refunded_on > pending.read_after
    where
        refund.known_on <= :as_of and (refund.known_until is null or refund.known_until > :as_of)
        and not exists (
            select from crm.orders as orders
            where
                orders.customer_id = refund.customer_id and orders.order_key = refund.order_key
                and orders.known_on <= :as_of and (orders.known_until is null or orders.known_until > :as_of)
        )
),

facts as (
    select
        customer_id,
        day,
        net,
        cast(net > 0 as integer) as purchase
    from netted
    union all
    select
        customer_id,
        day,
        net,
        0 as purchase
    from without_order
),

daily as (
    select
        customer_id,
        day,
        sum(purchase) as purchases,
        sum(net) as net,
        count(*) as facts
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
    summed.measures_change_on,
    summed.base_through,
    pending.base_order_count + coalesce(summed.folded_orders, 0) as base_order_count,
    pending.base_net_revenue + coalesce(summed.folded_revenue, 0) as base_net_revenue,
    coalesce(pending.base_first_order_on, summed.first_day) as first_order_on,
    summed.last_order_on,
    pending.base_order_count + coalesce(summed.order_count, 0) as order_count,
    pending.base_net_revenue + coalesce(summed.net_revenue, 0) as net_revenue,
    round(cast(summed.median_interval as numeric), 2) as median_interval_days,
    coalesce(summed.frequency, 0) as frequency,
    coalesce(summed.monetary, 0) as monetary
from customer_pending as pending
left join summed on pending.customer_id = summed.customer_id;
