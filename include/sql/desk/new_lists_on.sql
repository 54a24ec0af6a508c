-- The first business date that nothing was decided for yet: a campaign made now asks the lists as they hold from it on.
-- :as_of  business date that is asked about
select greatest(cast(:as_of as date), max(p.business_date) + 1) as lists_on
from crm.plan as p
