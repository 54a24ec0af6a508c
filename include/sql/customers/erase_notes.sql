-- Operators' words about what was taken back: they speak of the customer. After customers/erase_contacts (erased_key).
-- :customer_id
update crm.suppression
set lifted_note = ''
where lifted_note <> '' and contact_key in (select k.contact_key from erased_key as k);

update crm.customer_suppression
set lifted_note = ''
where lifted_note <> '' and customer_id = :customer_id
