-- What an order of each customer was worth on average in the last 365 days, as known on the business date; of those alone
-- whose campaign has a price to be held against it. Purchases net of refunds; what was paid back whole is none.
-- Parameters: business_date
create temporary table spending on commit drop as
with asked as (
    select distinct c.customer_id
    from candidate as c
    inner join due as u on c.due_id = u.due_id
    where u.price is not null
),

refunded as (
    select
        customer_id,
        order_key,
        sum(amount) as amount
    from crm.refund
    where
        customer_id in (select a.customer_id from asked as a)
        and known_on <= :business_date and (known_until is null or known_until > :business_date)
    group by customer_id, order_key
)

select
    o.customer_id,
    avg(o.amount - coalesce(r.amount, 0)) as average_order_value
from crm.orders as o
left join refunded as r on o.customer_id = r.customer_id and o.order_key = r.order_key
where
    o.customer_id in (select a.customer_id from asked as a)
    and o.status in ('paid', 'shipped', 'completed') and o.amount > coalesce(r.amount, 0)
    and o.ordered_on > cast(:business_date as date) - 365 and o.ordered_on <= :business_date
    and o.known_on <= :business_date and (o.known_until is null or o.known_until > :business_date)
group by o.customer_id;

analyze spending;
