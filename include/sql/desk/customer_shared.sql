-- How many other customers have one of the customer's present addresses: they are meant as well when it is suppressed.
-- :customer_id
with keys as (
    select
        email_key,
        mobile_key
    from crm.customer_profile
    where customer_id = :customer_id and valid_to is null
),

others as (
    select p.customer_id
    from crm.customer_profile as p
    where p.valid_to is null and p.email_key = (select k.email_key from keys as k)
    union
    select p.customer_id
    from crm.customer_profile as p
    where p.valid_to is null and p.mobile_key = (select k.mobile_key from keys as k)
)

select count(*) as others
from others
where customer_id <> :customer_id
