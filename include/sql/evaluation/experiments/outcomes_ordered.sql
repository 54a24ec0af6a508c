-- What the customers of an imported campaign ordered in each window, from the warehouse's own orders as known on :as_of. An
-- order of which nothing is left after refunds is no conversion.
-- :windows  windows, days of 24 h from starts_at
-- :as_of    business date
drop table if exists imported_buyer;

create temporary table imported_buyer on commit drop as
with window_length as (
    select
        w.days,
        make_interval(hours => 24 * w.days) as length
    from unnest(cast(:windows as integer[])) as w (days)
),

ordered as (
    select
        e.customer_id,
        o.order_key,
        o.amount,
        o.ordered_at - e.starts_at as after
    from imported_entry as e
    inner join crm.orders as o
        on
            e.customer_id = o.customer_id
            and o.ordered_at >= e.starts_at
            and o.ordered_at < e.starts_at + (select max(w.length) from window_length as w)
            and o.status in ('paid', 'shipped', 'completed')
            and o.known_on <= :as_of
            and (o.known_until is null or o.known_until > :as_of)
),

refunded as (
    select
        r.customer_id,
        r.order_key,
        sum(r.amount) as amount
    from crm.refund as r
    where
        r.customer_id in (select e.customer_id from imported_entry as e)
        and r.known_on <= :as_of
        and (r.known_until is null or r.known_until > :as_of)
    group by r.customer_id, r.order_key
)

select
    o.customer_id,
    w.days,
    bool_or(o.amount > coalesce(r.amount, 0)) as met_goal,
    bool_or(o.amount > coalesce(r.amount, 0)) as bought,
    cast(count(*) filter (where o.amount > coalesce(r.amount, 0)) as integer) as orders,
    sum(o.amount - coalesce(r.amount, 0)) as revenue,
    coalesce(sum(r.amount), 0) as refunds,
    cast(null as integer) as redeemed
from ordered as o
inner join window_length as w on o.after < w.length
left join refunded as r on o.customer_id = r.customer_id and o.order_key = r.order_key
group by o.customer_id, w.days;

analyze imported_buyer
