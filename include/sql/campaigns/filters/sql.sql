-- Customers whom the named SQL file selected.
-- Parameters: scope, number
insert into found (number, customer_id)
select distinct
    :number,
    f.customer_id
from found as f
inner join listed_customer as l on f.customer_id = l.customer_id
where f.number = :scope;

drop table listed_customer
