-- Was it kept where customers stood on a business date? Not within a loaded range, nor before the first refresh.
-- Parameters: business_date
select count(*) > 0 as kept
from crm.refresh
where as_of = :business_date
