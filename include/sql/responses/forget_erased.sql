-- Events (known) of customers who were erased by request: they count, the provider's words and the links that were clicked
-- are not kept. No parameters.
update known
set reason = null, url = null
where (reason is not null or url is not null) and customer_id in (select e.customer_id from crm.erasure as e)
