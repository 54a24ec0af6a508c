-- The customer as the shop calls them: needed once more, to find the rows that were set aside. Personal data.
-- :customer_id
select
    shop,
    external_id,
    is_anonymous
from crm.customer
where customer_id = :customer_id
for update
