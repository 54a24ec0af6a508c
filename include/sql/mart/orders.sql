-- Makes mart.orders from crm.customer, crm.orders, crm.refund.
create or replace view mart.orders as
with refunded as (
    select
        customer_id,
        order_key,
        sum(amount) as refunded
    from crm.refund
    where known_until is null and order_key is not null
    group by customer_id, order_key
)

select
    orders.order_key,
    orders.shop,
    orders.order_id,
    case when not customer.is_anonymous then orders.customer_id end as customer_id,
    orders.status,
    crm.was_paid(orders.status) as is_paid,
    orders.ordered_at,
    orders.ordered_on,
    orders.paid_at,
    orders.line_count,
    orders.quantity,
    orders.amount,
    orders.discount,
    orders.shipping_fee,
    -- A wholly refunded order may come without a refund of its own.
    crm.paid_back(orders.status, orders.amount, refunded.refunded) as refunded,
    case
        when crm.was_paid(orders.status)
            then orders.amount - crm.paid_back(orders.status, orders.amount, refunded.refunded)
        else 0
    end as net_amount,
    orders.coupon_codes,
    orders.entry_source,
    orders.utm_campaign,
    orders.known_on
from crm.orders as orders
inner join crm.customer as customer
    on orders.customer_id = customer.customer_id
left join refunded
    on orders.customer_id = refunded.customer_id and orders.order_key = refunded.order_key
where orders.known_until is null;

comment on view mart.orders is 'One row per order as it is known now (key: order_key), those of accounts that place fake orders too: mart.customers.fake_orders names these accounts. Joins mart.customers on customer_id, mart.order_lines and mart.refunds on order_key.';
comment on column mart.orders.order_key is 'Key.';
comment on column mart.orders.shop is 'Shop.';
comment on column mart.orders.order_id is 'The shop''s own order id.';
comment on column mart.orders.customer_id is 'Buyer; null where the shop does not name one: such orders count for the shop alone.';
comment on column mart.orders.status is 'unpaid, paid, shipped, completed, cancelled or refunded (wholly).';
comment on column mart.orders.is_paid is 'Counts as revenue: neither unpaid nor cancelled.';
comment on column mart.orders.ordered_at is 'When it was ordered (an instant; show it in the business''s time zone).';
comment on column mart.orders.ordered_on is 'Date of ordered_at in the business''s time zone.';
comment on column mart.orders.paid_at is 'When it was paid, if the source tells.';
comment on column mart.orders.line_count is 'Order lines.';
comment on column mart.orders.quantity is 'Pieces.';
comment on column mart.orders.amount is 'Sum of the lines after discounts, without shipping, before refunds; reporting currency.';
comment on column mart.orders.discount is 'Discount already taken off the amount; reporting currency.';
comment on column mart.orders.shipping_fee is 'Shipping paid by the customer; reporting currency.';
comment on column mart.orders.refunded is 'Paid back so far; reporting currency.';
comment on column mart.orders.net_amount is 'amount - refunded of a paid order, else 0; reporting currency.';
comment on column mart.orders.coupon_codes is 'Coupon codes used.';
comment on column mart.orders.entry_source is 'Entry path as the shop names it.';
comment on column mart.orders.utm_campaign is 'utm_campaign of the visit that ordered.';
comment on column mart.orders.known_on is 'Business date whose delivery told us this version.';
