-- Customers who bought in the fortnight around this date of last year: winter coats, gifts, sun lotion come round again.
-- An example of a named audience: one select of customer_id, in which :business_date is bound. Read what was known by then.
select distinct o.customer_id
from crm.orders as o
where
    o.status in ('paid', 'shipped', 'completed')
    and o.ordered_on between cast(:business_date as date) - 372 and cast(:business_date as date) - 358
    and o.known_on <= :business_date and (o.known_until is null or o.known_until > :business_date)
