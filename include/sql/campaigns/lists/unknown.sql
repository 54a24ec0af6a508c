-- How many on the list are no customers of the shop.
-- Parameters: list, version
select count(*) as unknown
from crm.customer_list_member as m
left join crm.customer as c on m.customer_id = c.customer_id
where m.list = :list and m.version = :version and c.customer_id is null
