-- What came back from messages stays as a count of its kind; the provider's words and the links that were clicked go.
-- :customer_id
update crm.response
set reason = null, url = null
where customer_id = :customer_id and (reason is not null or url is not null)
