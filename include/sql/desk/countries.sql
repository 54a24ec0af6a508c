-- Countries in which customers live, as known now; where the shop does not say, they live where the business is.
select distinct p.country
from crm.customer_profile as p
where p.valid_to is null and p.country is not null
