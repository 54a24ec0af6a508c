-- The shop's own id of the customer, which may be an e-mail address. The key that is made of it stays: by it a later
-- delivery is known to be about somebody erased.
-- :customer_id
update crm.customer
set external_id = 'erased'
where customer_id = :customer_id and external_id <> 'erased'
