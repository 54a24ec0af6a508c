-- What the customers in question bought, all their lives, as known on the business date; docs/customers.md says what counts.
-- Parameters: scope, business_date
create temporary table purchase on commit drop as
with counted as (
    select
        customer_id,
        order_key,
        ordered_on,
        amount,
        status
    from crm.orders
    where
        customer_id in (select f.customer_id from found as f where f.number = :scope)
        and crm.was_paid(status)
        and crm.is_known(known_on, known_until, :business_date)
),

refund as (
    select
        customer_id,
        order_key,
        refunded_on,
        amount
    from crm.refund
    where
        customer_id in (select f.customer_id from found as f where f.number = :scope)
        and crm.is_known(known_on, known_until, :business_date)
),

refunded as (
    select
        customer_id,
        order_key,
        sum(amount) as amount
    from refund
    where order_key is not null
    group by customer_id, order_key
),

without_order as (
    select
        r.customer_id,
        r.refunded_on,
        r.amount
    from refund as r
    left join crm.orders as o
        on
            r.customer_id = o.customer_id and r.order_key = o.order_key
            and crm.is_known(o.known_on, o.known_until, :business_date)
    where o.customer_id is null
),

money as (
    select
        c.customer_id,
        c.ordered_on as day,
        c.amount - crm.paid_back(c.status, c.amount, r.amount) as net,
        true as is_order
    from counted as c
    left join refunded as r on c.customer_id = r.customer_id and c.order_key = r.order_key
    union all
    select
        customer_id,
        refunded_on as day,
        -amount as net,
        false as is_order
    from without_order
),

summed as (
    select
        customer_id,
        count(*) filter (where is_order and net > 0) as orders,
        sum(net) as net_revenue,
        max(day) filter (where is_order and net > 0) as last_order_on
    from money
    where day <= :business_date
    group by customer_id
)

select
    f.customer_id,
    coalesce(s.orders, 0) as orders,
    coalesce(s.net_revenue, 0) as net_revenue,
    s.net_revenue / nullif(s.orders, 0) as average_order_value,
    cast(:business_date as date) - s.last_order_on as days_since_order
from found as f
left join summed as s on f.customer_id = s.customer_id
where f.number = :scope;

analyze purchase
