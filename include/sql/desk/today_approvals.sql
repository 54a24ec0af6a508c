-- What waits for an answer, and what was answered about the date that was decided last.
-- :business_date  null = nothing was decided yet
select
    a.campaign,
    a.business_date,
    a.messages,
    a.sending_cost,
    a.coupon_cost,
    a.outcome,
    a.decided_by
from crm.approval as a
where a.outcome is null or a.business_date = cast(:business_date as date)
order by a.asked_at
