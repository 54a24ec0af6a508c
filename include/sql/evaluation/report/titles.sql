-- What each campaign is called: the last declaration that it was decided by; imported ones have none.
-- :as_of  business date of the report
select distinct on (d.campaign)
    d.campaign,
    d.body
from crm.declaration as d
where d.first_used_on <= :as_of
order by d.campaign asc, d.first_used_on desc, d.declaration_hash asc
