-- Customers who are known to consent to one of the channels.
-- Parameters: scope, number, business_date, listed
insert into found (number, customer_id)
select distinct
    :number,
    c.customer_id
from crm.consent as c
where
    c.customer_id in (select f.customer_id from found as f where f.number = :scope)
    and c.channel = any(cast(:listed as text[])) and c.granted
    and crm.is_known(c.valid_from, c.valid_to, :business_date)
