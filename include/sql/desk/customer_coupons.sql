-- Coupons with a code of the customer's own, and what became of them. The code is money: only its end is shown.
-- :customer_id, :most
select
    k.campaign,
    k.occasion,
    right(k.code, 4) as code_end,
    k.threshold,
    k.value,
    k.starts_on,
    k.expires_on,
    u.outcome,
    u.ordered_at,
    u.buyer_id <> k.customer_id as by_somebody_else
from crm.coupon as k
left join lateral (
    select
        outcome,
        ordered_at,
        buyer_id
    from crm.coupon_use
    where customer_id = :customer_id and code = k.code
    order by outcome = 'redeemed' desc, ordered_at asc
    limit 1
) as u on true
where k.customer_id = :customer_id
order by k.starts_on desc, k.campaign asc, k.occasion asc, k.instance asc
limit :most
