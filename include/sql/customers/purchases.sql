-- Every purchase as known on a date (the rules of customers/measures.sql), for the repurchase cycles; and the spells of
-- the shop: a spell begins with a purchase day and lasts to the customer's next one, or is still open.
-- :as_of  business date
insert into purchase
with refunded as (
    select
        customer_id,
        order_key,
        sum(amount) as amount
    from crm.refund
    where order_key is not null and crm.is_known(known_on, known_until, :as_of)
    group by customer_id, order_key
),

excluded as (
    select customer_id from crm.customer where is_anonymous
    union
    select customer_id from crm.customer_profile
    where fake_orders and crm.is_known(valid_from, valid_to, :as_of)
)

select
    orders.customer_id,
    orders.order_key,
    orders.file_version_id,
    orders.ordered_on,
    orders.amount - crm.paid_back(orders.status, orders.amount, refunded.amount) as net
from crm.orders as orders
left join refunded on orders.customer_id = refunded.customer_id and orders.order_key = refunded.order_key
left join excluded on orders.customer_id = excluded.customer_id
where
    excluded.customer_id is null
    and crm.is_known(orders.known_on, orders.known_until, :as_of)
    and orders.ordered_on <= :as_of
    and crm.is_purchase(orders.status, orders.amount, refunded.amount);
analyze purchase (customer_id, order_key);

insert into item
values (crm.key64('', 'shop'), 'shop', '');

insert into spell
with purchase_day as (
    select
        item.item,
        purchase.customer_id,
        purchase.ordered_on as day,
        sum(purchase.net) as paid
    from purchase
    cross join item
    group by item.item, purchase.customer_id, purchase.ordered_on
)

select
    item,
    customer_id,
    day,
    lead(day) over (partition by item, customer_id order by day) - day as closed_days,
    count(*) over (partition by item, customer_id) as purchase_days,
    paid
from purchase_day;
