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
        o.status,
        o.amount,
        o.ordered_at - e.starts_at as after
    from imported_entry as e
    inner join crm.orders as o
        on
            e.customer_id = o.customer_id
            and o.ordered_at >= e.starts_at
            and o.ordered_at < e.starts_at + (select max(w.length) from window_length as w)
            and crm.was_paid(o.status)
            and crm.is_known(o.known_on, o.known_until, :as_of)
),

refunded as (
    select
        r.customer_id,
        r.order_key,
        sum(r.amount) as amount
    from crm.refund as r
    where
        r.customer_id in (select e.customer_id from imported_entry as e)
        and crm.is_known(r.known_on, r.known_until, :as_of)
    group by r.customer_id, r.order_key
)

select
    o.customer_id,
    w.days,
    bool_or(crm.is_purchase(o.status, o.amount, r.amount)) as met_goal,
    bool_or(crm.is_purchase(o.status, o.amount, r.amount)) as bought,
    cast(count(*) filter (where crm.is_purchase(o.status, o.amount, r.amount)) as integer) as orders,
    sum(o.amount - crm.paid_back(o.status, o.amount, r.amount)) as revenue,
    sum(crm.paid_back(o.status, o.amount, r.amount)) as refunds,
    cast(null as integer) as redeemed
from ordered as o
inner join window_length as w on o.after < w.length
left join refunded as r on o.customer_id = r.customer_id and o.order_key = r.order_key
group by o.customer_id, w.days;

analyze imported_buyer
