-- The latest version of every result of one campaign, parts of its audience included, as known on a business date.
-- :campaign  name
-- :as_of     business date of the report
select distinct on (
    r.occasion, r.wave, r.period, r.goal, r.window_days, r.dimension, r.dimension_value
) r.*
from crm.result as r
where r.campaign = :campaign and r.as_of <= :as_of
order by
    r.occasion asc, r.wave asc, r.period asc, r.goal asc, r.window_days asc, r.dimension asc, r.dimension_value asc,
    r.version desc
