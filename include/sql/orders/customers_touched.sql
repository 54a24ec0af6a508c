-- Customers, the anonymous one left out, of whom the delivery said something new.
select count(distinct t.customer_id) as customers
from (
    select customer_id from staging.orders where stored
    union all
    select customer_id from staging.refund where stored
    union all
    select customer_id from staging.settled where customer_id is not null and (moved or (is_new and stored))
) as t
where t.customer_id not in (select crm.key64(s.shop, '') from crm.shop as s);
