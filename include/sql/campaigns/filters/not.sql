-- Customers in question who are not in the set: also those of whom the answer is unknown.
-- Parameters: scope, number, sets
insert into found (number, customer_id)
select
    :number,
    f.customer_id
from found as f
where
    f.number = :scope
    and not exists (
        select
        from found as n
        where n.number = any(cast(:sets as integer[])) and n.customer_id = f.customer_id
    )
