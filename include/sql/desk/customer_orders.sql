-- The customer's latest orders as known now, each with its first items and what was paid back. :customer_id, :most
with latest as (
    select
        customer_id,
        order_key,
        file_version_id,
        order_id,
        status,
        ordered_on,
        line_count,
        amount,
        coupon_codes is not null as with_coupon
    from crm.orders
    where customer_id = :customer_id and known_until is null
    order by ordered_on desc, ordered_at desc, order_key asc
    limit :most
)

select
    o.*,
    (
        select sum(r.amount) from crm.refund as r
        where r.customer_id = :customer_id and r.order_key = o.order_key and r.known_until is null
    ) as refunded,
    array(
        select coalesce(p.name, p.category, p.external_id)
        from crm.order_line as l
        inner join crm.product as p on l.product_id = p.product_id and p.valid_to is null
        where
            l.customer_id = :customer_id and l.order_key = o.order_key and l.file_version_id = o.file_version_id
            and l.line_number <= 3
        order by l.line_number
    ) as items
from latest as o
order by o.ordered_on desc, o.order_key asc
