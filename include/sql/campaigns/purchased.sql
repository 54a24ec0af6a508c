-- What the purchases of each candidate in the last days were: the last of them, and what one was worth on average. One reading
-- of the orders serves the rules of inactive customers and of goods that are too dear, and the coupons.
-- A purchase is a paid order of which something is left after its refunds, as in customers/measures.sql; as known.
-- Of most customers everybody's are read, with no look at who is asked for: what is too much is joined by nobody.
-- Parameters: business_date, days (every number of days that is asked for), longest (of them), most (true: everybody's)
create temporary table purchased on commit drop as
with refunded as (
    select
        customer_id,
        order_key,
        sum(amount) as amount
    from crm.refund
    where
        (:most or customer_id in (select p.customer_id from people as p)) and order_key is not null
        and crm.is_known(known_on, known_until, :business_date)
    group by customer_id, order_key
),

purchase as (
    select
        o.customer_id,
        o.ordered_on,
        o.amount - crm.paid_back(o.status, o.amount, r.amount) as amount
    from crm.orders as o
    left join refunded as r on o.customer_id = r.customer_id and o.order_key = r.order_key
    where
        (:most or o.customer_id in (select p.customer_id from people as p))
        and o.ordered_on > cast(:business_date as date) - :longest
        and o.ordered_on <= :business_date
        and crm.is_known(o.known_on, o.known_until, :business_date)
        and crm.is_purchase(o.status, o.amount, r.amount)
)

select
    p.customer_id,
    h.days,
    max(p.ordered_on) as last_order_on,
    avg(p.amount) as average_order_value
from purchase as p
inner join unnest(cast(:days as integer[])) as h (days) on p.ordered_on > cast(:business_date as date) - h.days
group by p.customer_id, h.days;

analyze purchased;
