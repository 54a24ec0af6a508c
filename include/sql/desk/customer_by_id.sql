-- The customer whom the shop calls so; ids that are e-mail addresses are kept in lower case.
-- Found by their key, so an erased customer is found too; who is spelled just so comes first. :shop, :external_id
select customer_id
from crm.customer
where
    customer_id in (crm.key64(:shop, :external_id), crm.key64(:shop, lower(:external_id)))
    and not is_anonymous
order by customer_id = crm.key64(:shop, :external_id) desc
limit 1
