-- Customers whose last purchase lies a number of days before the business date; none without a purchase.
-- Parameters: scope, number, within
insert into found (number, customer_id)
select
    :number,
    f.customer_id
from found as f
inner join purchase as p on f.customer_id = p.customer_id
where f.number = :scope and cast(p.days_since_order as numeric) <@ cast(:within as nummultirange)
