-- Business dates whose campaigns the gate holds, and those of the last days that ended without sending.
-- :due, :days  business dates that count, :due the last of them
select
    h.business_date,
    h.campaign,
    h.since,
    h.reasons,
    h.outcome
from crm.hold as h
where
    h.ended_at is null
    or (h.outcome in ('expired', 'past') and h.business_date > cast(:due as date) - cast(:days as integer))
order by h.business_date, h.campaign
