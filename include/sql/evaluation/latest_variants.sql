-- The latest version of every comparison of variants of the campaigns.
-- :campaigns  names
select distinct on (r.campaign, r.occasion, r.wave, r.period, r.goal, r.window_days, r.variant, r.reference) r.*
from crm.variant_result as r
where r.campaign = any(cast(:campaigns as text[]))
order by
    r.campaign asc, r.occasion asc, r.wave asc, r.period asc, r.goal asc, r.window_days asc, r.variant asc,
    r.reference asc, r.version desc
