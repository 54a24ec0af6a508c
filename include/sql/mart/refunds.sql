-- Makes mart.refunds from crm.customer, crm.orders, crm.refund.
create or replace view mart.refunds as
select
    refund.refund_key,
    refund.shop,
    refund.refund_id,
    case when not customer.is_anonymous then refund.customer_id end as customer_id,
    refund.order_key,
    refund.line_number,
    refund.product_id,
    refund.amount,
    -- A cancelled or unpaid order brought no revenue: its refund takes none away.
    coalesce(crm.was_paid(orders.status), true) as counts,
    refund.refunded_at,
    refund.refunded_on,
    refund.known_on,
    case
        when not coalesce(crm.was_paid(orders.status), true) then 0
        when orders.amount is null or refund.amount <= 0 then refund.amount
        -- Of an order's goods no more comes back than was paid for them: the first refunds count.
        else greatest(least(
            refund.amount,
            greatest(orders.amount, 0) - (sum(refund.amount) over earlier - refund.amount)
        ), 0)
    end as counted_amount
from crm.refund as refund
inner join crm.customer as customer
    on refund.customer_id = customer.customer_id
left join crm.orders as orders
    on
        refund.customer_id = orders.customer_id
        and refund.order_key = orders.order_key
        and orders.known_until is null
where refund.known_until is null
window earlier as (
    partition by refund.customer_id, refund.order_key order by refund.refunded_at, refund.refund_key, refund.part
);

comment on view mart.refunds is 'One row per refund or cancellation as it is known now (key: refund_key). Joins mart.orders on order_key, where there is one.';
comment on column mart.refunds.refund_key is 'Key.';
comment on column mart.refunds.shop is 'Shop.';
comment on column mart.refunds.refund_id is 'The shop''s refund id.';
comment on column mart.refunds.customer_id is 'Buyer; null where the shop does not name one.';
comment on column mart.refunds.order_key is 'Order; null for a cancellation without its order.';
comment on column mart.refunds.line_number is 'Line of that order, if known.';
comment on column mart.refunds.product_id is 'Product that came back, if known.';
comment on column mart.refunds.amount is 'Paid back, positive; reporting currency.';
comment on column mart.refunds.counts is 'Lowers net revenue: false where the order itself brought none (unpaid or cancelled).';
comment on column mart.refunds.counted_amount is 'What of the amount lowers net revenue: nothing where the order brought none, and no more of an order than was paid for its goods; reporting currency.';
comment on column mart.refunds.refunded_at is 'When it was paid back (an instant).';
comment on column mart.refunds.refunded_on is 'Date of refunded_at in the business''s time zone.';
comment on column mart.refunds.known_on is 'Business date whose delivery told us this version.';
