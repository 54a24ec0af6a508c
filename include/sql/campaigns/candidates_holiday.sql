-- Which customers have an occasion on this send date? A holiday is everybody's.
-- Parameters: due_id, business_date
insert into candidate (customer_id, due_id)
select
    customer_id,
    :due_id
from crm.customer
where known_on <= :business_date and not is_anonymous
