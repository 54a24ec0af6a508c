-- Whoever's orders or refunds changed is refreshed, from the earliest date touched: old versions and new ones, old
-- buyers and new ones. The anonymous customer has no state.
with touched as (
    select
        customer_id,
        ordered_on as changed_on
    from staging.orders
    where stored
    union all
    select
        customer_id,
        refunded_on
    from staging.refund
    where stored
    union all
    select
        customer_id,
        changed_on
    from staging.settled
    where kind in ('order', 'refund') and moved
)

insert into crm.refresh_queue as q (customer_id, changed_from)
select
    customer_id,
    min(changed_on) as changed_from
from touched
where customer_id not in (select crm.key64(s.shop, '') from crm.shop as s)
group by customer_id
order by customer_id
on conflict (customer_id) do update
    set changed_from = least(q.changed_from, excluded.changed_from);
