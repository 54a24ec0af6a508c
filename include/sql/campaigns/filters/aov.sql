-- Customers whose average order value (net revenue per purchase) lies within a range; none without a purchase.
-- Parameters: scope, number, within
insert into found (number, customer_id)
select
    :number,
    f.customer_id
from found as f
inner join purchase as p on f.customer_id = p.customer_id
where f.number = :scope and cast(p.average_order_value as numeric) <@ cast(:within as nummultirange)
