-- What was asked and answered about the dates that were decided last; an open question of whatever date comes first.
-- :campaigns  names
select distinct on (a.campaign)
    a.campaign,
    a.business_date,
    a.outcome,
    a.decided_by
from crm.approval as a
where a.campaign = any(cast(:campaigns as text[]))
order by a.campaign asc, (a.outcome is null) desc, a.business_date desc, a.asked_at desc
