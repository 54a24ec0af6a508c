-- Customers who are in every one of the sets. A set holds a customer once.
-- Parameters: number, sets
insert into found (number, customer_id)
select
    :number,
    f.customer_id
from found as f
where f.number = any(cast(:sets as integer[]))
group by f.customer_id
having count(*) = cardinality(cast(:sets as integer[]))
