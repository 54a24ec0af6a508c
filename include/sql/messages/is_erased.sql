-- Whether the warehouse has erased a customer.
-- :customer_id
select exists(select from crm.erasure where customer_id = :customer_id) as is_erased
