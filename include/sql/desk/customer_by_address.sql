-- Customers who have the address now; more than one where it is shared. :email_key, :mobile_key (null = not asked for), :most
with found as (
    select customer_id
    from crm.customer_profile
    where email_key = cast(:email_key as uuid) and valid_to is null
    union
    select customer_id
    from crm.customer_profile
    where mobile_key = cast(:mobile_key as uuid) and valid_to is null
)

select
    f.customer_id,
    c.shop,
    c.external_id,
    p.name
from found as f
inner join crm.customer as c on f.customer_id = c.customer_id
inner join crm.customer_profile as p on f.customer_id = p.customer_id and p.valid_to is null
order by c.shop, c.external_id
limit :most
