-- How many of some numbers no customer has now: the replies of strangers, of another shop, or of numbers that changed.
-- :numbers (json array of contact keys)
select count(*) as numbers
from jsonb_array_elements_text(cast(:numbers as jsonb)) as n (contact_key)
where
    not exists (
        select from crm.customer_profile as p
        where p.mobile_key = cast(n.contact_key as uuid) and p.valid_to is null
    )
