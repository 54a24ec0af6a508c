-- A refund that came before its order, and without a buyer, moves to the buyer of the order.
with adopted as (
    delete from crm.refund as r
    using staging.orders as o
    where
        r.customer_id = crm.key64(o.shop, '')
        and r.order_key = o.order_key
        and o.customer_id <> crm.key64(o.shop, '')
        and o.stored and o.known_until is null
    returning r.*, o.customer_id as buyer
),

moved as (
    insert into crm.refund (
        customer_id, refund_key, part, file_version_id, shop, refund_id, order_key, line_number, product_id, amount,
        refunded_at, refunded_on, business_date, known_on, known_until, confirmed_on
    )
    select
        buyer,
        refund_key,
        part,
        file_version_id,
        shop,
        refund_id,
        order_key,
        line_number,
        product_id,
        amount,
        refunded_at,
        refunded_on,
        business_date,
        known_on,
        known_until,
        confirmed_on
    from adopted
    returning customer_id, refund_key, file_version_id, refunded_on, known_on, known_until
)

insert into staging.settled (
    kind, key, file_version_id, customer_id, changed_on, known_on, is_new, stored, known_until, moved
)
select
    'refund' as kind,
    refund_key,
    file_version_id,
    customer_id,
    refunded_on,
    known_on,
    false as is_new,
    true as stored,
    known_until,
    true as moved
from moved;
