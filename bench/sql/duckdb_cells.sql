-- DuckDB sums what a result is made of: by window and cell, from lines, refunds and assignments of its own file.
create or replace table cell as
with per_order as (
    select customer_id, order_key, any_value(ordered_at) as ordered_at, sum(amount) as amount
    from line
    where status in ('paid', 'shipped', 'completed')
    group by customer_id, order_key
),

paid_back as (
    select customer_id, order_key, sum(amount) as amount from refund group by customer_id, order_key
),

purchase as (
    select a.*, o.ordered_at - a.planned_send_at as after, o.amount - coalesce(r.amount, 0) as net,
        coalesce(r.amount, 0) as refund
    from assignment as a
    inner join per_order as o using (customer_id)
    left join paid_back as r using (customer_id, order_key)
    where o.ordered_at >= a.planned_send_at and o.ordered_at < a.planned_send_at + interval 30 days
),

buyer as (
    select w.days, customer_id, treated, segment, tier, channel, variant, spent_before, sum(net) as revenue,
        sum(refund) as refunds, count(*) filter (where net > 0) as orders
    from purchase
    inner join (select unnest([2, 3, 10, 30]) as days) as w on after < to_days(w.days)
    group by all
),

everybody as (
    select w.days, a.*, coalesce(b.revenue, 0) as revenue, coalesce(b.refunds, 0) as refunds,
        coalesce(b.orders, 0) as orders
    from assignment as a
    cross join (select unnest([2, 3, 10, 30]) as days) as w
    left join buyer as b on w.days = b.days and a.customer_id = b.customer_id
),

cap as (
    select days, quantile_cont(revenue, 0.99) as amount from everybody group by days
)

select
    days, treated, segment, tier, channel, variant, count(*) as customers, count(*) filter (where orders > 0) as bought,
    sum(orders) as orders, sum(orders * orders) as orders_squares, sum(revenue) as revenue,
    sum(revenue::double ^ 2) as revenue_squares, sum(revenue::double ^ 3) as revenue_cubes, sum(refunds) as refunds,
    sum(least(revenue, c.amount)) as capped, sum(least(revenue, c.amount)::double ^ 2) as capped_squares,
    sum(spent_before) as spent_before, sum(spent_before ^ 2) as spent_before_squares,
    sum(least(revenue, c.amount)::double * spent_before) as capped_spent_before
from everybody
inner join cap as c using (days)
group by all
