-- No consent, no words of where and when it was given. No row = no consent.
-- :customer_id
delete from crm.consent
where customer_id = :customer_id
