-- DuckDB builds the columns of crm.customer_state anew from lines and refunds of its own file.
-- $as_of  $r, $f, $m upper bounds (ascending)  $cycle days  $tiers net revenue from which they hold
create or replace table customer_state as
with per_order as (
    select customer_id, order_key, any_value(ordered_on) as day, sum(amount) as amount
    from line
    where status in ('paid', 'shipped', 'completed', 'refunded') and ordered_on <= $as_of
    group by customer_id, order_key
),

paid_back as (
    select customer_id, order_key, sum(amount) as amount from refund group by customer_id, order_key
),

netted as (
    select per_order.customer_id, per_order.day, per_order.amount - coalesce(paid_back.amount, 0) as net
    from per_order
    left join paid_back using (customer_id, order_key)
),

daily as (
    select customer_id, day, sum(net) as net, count(*) filter (where net > 0) as purchases
    from netted
    group by customer_id, day
),

stepped as (
    select
        *,
        lag(day) over (partition by customer_id order by day) as previous_day,
        max(day) filter (where purchases > 0) over (partition by customer_id) as last_day
    from daily
),

measured as (
    select
        customer_id,
        min(day) filter (where purchases > 0) as first_order_on,
        max(day) filter (where purchases > 0) as last_order_on,
        sum(purchases) as order_count,
        sum(net) as net_revenue,
        median(day - previous_day) filter (where previous_day > last_day - 365 and purchases > 0) as median_interval_days,
        sum(purchases) filter (where day > $as_of::date - 365) as frequency,
        sum(net) filter (where day > $as_of::date - 365) as monetary
    from stepped
    group by customer_id
),

scored as (
    select
        *,
        net_revenue / order_count as average_order_value,
        $as_of::date - last_order_on as recency_days,
        5 - len(list_filter($r, lambda b: b < $as_of::date - last_order_on)) as recency_score,
        1 + len(list_filter($f, lambda b: b < frequency)) as frequency_score,
        1 + len(list_filter($m, lambda b: b < monetary)) as monetary_score
    from measured
)

select
    *,
    case
        when recency_score > 3 and frequency_score > 3 and monetary_score > 3 then 'important_value'
        when recency_score > 3 and monetary_score > 3 then 'important_develop'
        when frequency_score > 3 and monetary_score > 3 then 'important_keep'
        when monetary_score > 3 then 'important_win_back'
        when recency_score > 3 and frequency_score > 3 then 'general_value'
        when recency_score > 3 then 'general_develop'
        when frequency_score > 3 then 'general_keep'
        else 'general_win_back'
    end as segment,
    len(list_filter($tiers, lambda t: t <= net_revenue)) as tier,
    case
        when recency_days > 3.0 * $cycle then 'lapsed'
        when recency_days > 1.5 * $cycle then 'lapsing'
        when order_count = 1 then 'new'
        else 'active'
    end as stage
from scored
