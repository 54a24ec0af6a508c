-- The latest version of every result of the campaigns, whole and in parts.
-- :campaigns  names
select distinct on (
    r.campaign, r.occasion, r.wave, r.period, r.goal, r.window_days, r.dimension, r.dimension_value
) r.*
from crm.result as r
where r.campaign = any(cast(:campaigns as text[]))
order by
    r.campaign asc, r.occasion asc, r.wave asc, r.period asc, r.goal asc, r.window_days asc, r.dimension asc,
    r.dimension_value asc, r.version desc
