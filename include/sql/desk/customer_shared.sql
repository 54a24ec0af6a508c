-- How many other customers have an address now that the customer has or ever had: they are meant as well when it is
-- suppressed.
-- :customer_id
with keys as (
    select distinct k.contact_key
    from crm.customer_profile as p
    cross join lateral (values (p.email_key), (p.mobile_key)) as k (contact_key)
    where p.customer_id = :customer_id and k.contact_key is not null
),

others as (
    select p.customer_id
    from crm.customer_profile as p
    where p.valid_to is null and p.email_key in (select k.contact_key from keys as k)
    union
    select p.customer_id
    from crm.customer_profile as p
    where p.valid_to is null and p.mobile_key in (select k.contact_key from keys as k)
)

select count(*) as others
from others
where customer_id <> :customer_id
