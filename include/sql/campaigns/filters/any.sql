-- Customers who are in one of the sets.
-- Parameters: number, sets
insert into found (number, customer_id)
select distinct
    :number,
    f.customer_id
from found as f
where f.number = any(cast(:sets as integer[]))
