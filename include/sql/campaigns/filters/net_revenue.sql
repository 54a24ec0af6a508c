-- Customers who paid, net of refunds, an amount within a range; nothing bought is 0.
-- Parameters: scope, number, within
insert into found (number, customer_id)
select
    :number,
    f.customer_id
from found as f
inner join purchase as p on f.customer_id = p.customer_id
where f.number = :scope and cast(p.net_revenue as numeric) <@ cast(:within as nummultirange)
