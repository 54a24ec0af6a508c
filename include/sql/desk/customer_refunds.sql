-- Refunds that name no order of the customer that we know. :customer_id, :most
select
    r.refund_id,
    min(r.refunded_on) as refunded_on,
    sum(r.amount) as amount
from crm.refund as r
where
    r.customer_id = :customer_id and r.known_until is null and r.amount <> 0
    and not exists (
        select from crm.orders as o
        where o.customer_id = :customer_id and o.order_key = r.order_key and o.known_until is null
    )
group by r.refund_key, r.refund_id
order by refunded_on desc, r.refund_id asc
limit :most
