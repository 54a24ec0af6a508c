-- Customers who bought in the fortnight around this date of last year: winter coats, gifts, sun lotion come round again.
-- An example of a named audience: one select of customer_id, in which :business_date is bound. Read what was known by then;
-- crm.is_known and crm.is_purchase say it in the words that everything else uses.
select distinct o.customer_id
from crm.orders as o
where
    o.ordered_on between cast(:business_date as date) - 372 and cast(:business_date as date) - 358
    and crm.is_known(o.known_on, o.known_until, :business_date)
    and crm.is_purchase(o.status, o.amount, (
        select sum(r.amount)
        from crm.refund as r
        where
            r.customer_id = o.customer_id and r.order_key = o.order_key
            and crm.is_known(r.known_on, r.known_until, :business_date)
    ))
