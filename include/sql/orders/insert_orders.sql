-- Versions of orders, in the order of their key.
insert into crm.orders (
    customer_id, order_key, file_version_id, shop, order_id, status, ordered_at, paid_at, ordered_on, business_date,
    line_count, quantity, amount, discount, shipping_fee, coupon_codes, entry_source, utm_campaign, known_on, known_until,
    confirmed_on, content_hash
)
select
    customer_id,
    order_key,
    file_version_id,
    shop,
    order_id,
    status,
    ordered_at,
    paid_at,
    ordered_on,
    business_date,
    line_count,
    quantity,
    amount,
    discount,
    shipping_fee,
    coupon_codes,
    entry_source,
    utm_campaign,
    known_on,
    known_until,
    confirmed_on,
    content_hash
from staging.orders
where stored
order by customer_id, order_key, file_version_id;
