-- Every name and address under which the customer was ever known. Personal data. (No row where nothing was known.)
-- :customer_id
select
    'name' as what,
    lower(trim(name)) as value
from crm.customer_profile
where customer_id = :customer_id and trim(name) <> ''
union
select
    'email' as what,
    email as value
from crm.customer_profile
where customer_id = :customer_id and email is not null
union
select
    'mobile' as what,
    mobile as value
from crm.customer_profile
where customer_id = :customer_id and mobile is not null
