-- What was promised and what came of it: the latest version of every primary result, as known on a business date.
-- :as_of  business date of the report
with latest as (
    select distinct on (r.campaign, r.occasion, r.wave, r.period, r.goal, r.window_days) r.*
    from crm.result as r
    where r.dimension = 'all' and r.as_of <= :as_of
    order by r.campaign asc, r.occasion asc, r.wave asc, r.period asc, r.goal asc, r.window_days asc, r.version desc
)

select *
from latest
where is_primary
order by campaign asc, period asc, occasion asc, wave asc
