-- How many are on the lists, in their latest versions.
-- :lists  names of lists
select coalesce(sum(l.customers), 0) as customers
from crm.customer_list as l
where l.list = any(cast(:lists as text[])) and l.valid_to is null
