-- What waits for an answer, and what was answered about the date that was decided last. A question that was put again, because
-- decisions or words changed, does not wait any more.
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
where
    (a.outcome is null or a.business_date = cast(:business_date as date))
    and not exists (
        select from crm.approval as later
        where
            a.outcome is null
            and a.campaign = later.campaign and a.business_date = later.business_date and a.asked_at < later.asked_at
    )
order by a.asked_at
