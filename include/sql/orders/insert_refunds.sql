-- Versions of refunds.
insert into crm.refund (
    customer_id, refund_key, part, file_version_id, shop, refund_id, order_key, line_number, product_id, amount,
    refunded_at, refunded_on, business_date, known_on, known_until, confirmed_on
)
select
    customer_id,
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
from staging.refund
where stored
order by customer_id, refund_key, part;
