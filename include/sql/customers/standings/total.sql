-- Buyers that were counted.
-- :as_of  business date of the latest refresh
select cast(coalesce(sum(customers), 0) as bigint) as customers
from crm.standing_size
where as_of = :as_of and dimension = 'tier'
