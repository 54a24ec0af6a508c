-- Customers whose segment is (wanted) or is not among those listed.
-- Parameters: scope, number, listed, wanted
insert into found (number, customer_id)
select
    :number,
    f.customer_id
from found as f
inner join standing as s on f.customer_id = s.customer_id
where f.number = :scope and (s.segment = any(cast(:listed as text[]))) = :wanted
