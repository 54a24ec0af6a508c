-- What is left of each order after its refunds, and the purchases of each customer in their order: the n-th, the one before,
-- the one after. A purchase is a paid order of which something is left; a refunded order without refund rows is refunded wholly.
-- A refund that names no order (a cancellation under a number of its own) is a fact of its own day, and no order.
-- :as_of  business date of the facts
drop table if exists indicator_fact, indicator_purchase;

create temporary table indicator_fact on commit drop as
with refunded as (
    select
        o.customer_id,
        o.order_key,
        sum(r.amount) as amount
    from indicator_order as o
    inner join crm.refund as r on o.customer_id = r.customer_id and o.order_key = r.order_key
    where crm.is_known(r.known_on, r.known_until, :as_of)
    group by o.customer_id, o.order_key
)

select
    o.customer_id,
    o.order_key,
    o.shop,
    o.ordered_on,
    o.ordered_at,
    o.is_anonymous,
    o.amount,
    crm.was_paid(o.status) as is_paid,
    crm.is_purchase(o.status, o.amount, r.amount) as is_purchase,
    crm.paid_back(o.status, o.amount, r.amount) as refunded,
    true as is_order
from indicator_order as o
left join refunded as r on o.customer_id = r.customer_id and o.order_key = r.order_key
union all
select
    c.customer_id,
    null as order_key,
    r.shop,
    r.refunded_on as ordered_on,
    r.refunded_at as ordered_at,
    c.is_anonymous,
    0 as amount,
    true as is_paid,
    false as is_purchase,
    r.amount as refunded,
    false as is_order
from indicator_customer as c
inner join crm.refund as r on c.customer_id = r.customer_id and r.order_key is null and c.read_from <= r.refunded_on
where
    r.refunded_on <= :as_of
    and crm.is_known(r.known_on, r.known_until, :as_of);

analyze indicator_fact;

create temporary table indicator_purchase on commit drop as
select
    f.customer_id,
    f.shop,
    f.ordered_on,
    f.amount - f.refunded as net,
    row_number() over bought as nth,
    lag(f.ordered_on) over bought as previous_on,
    lead(f.ordered_on) over bought as next_on
from indicator_fact as f
where f.is_purchase and not f.is_anonymous
window bought as (partition by f.customer_id order by f.ordered_on, f.ordered_at, f.order_key);

analyze indicator_purchase;
