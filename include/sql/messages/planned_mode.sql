-- The mode in which a business date was planned; no row = it was not.
-- :business_date
select mode
from crm.plan
where business_date = :business_date
