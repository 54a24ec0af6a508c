-- The customer is on no uploaded list any more.
-- :customer_id
delete from crm.customer_list_member
where customer_id = :customer_id
