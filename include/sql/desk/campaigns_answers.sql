-- What was asked and answered last about each campaign; of one date's questions the open one, which is about the decisions
-- as they are now. One whose run failed is never closed: a later date's takes its place.
-- :campaigns  names
select distinct on (a.campaign)
    a.campaign,
    a.business_date,
    a.outcome,
    a.decided_by
from crm.approval as a
where a.campaign = any(cast(:campaigns as text[]))
order by a.campaign asc, a.business_date desc, (a.outcome is null) desc, a.asked_at desc
