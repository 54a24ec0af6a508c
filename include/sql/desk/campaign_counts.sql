-- What was decided for a campaign on a send date: by occasion, wave, decision and first reason.
-- :campaign, :send_date
select
    occasion,
    wave,
    decision,
    reason,
    cast(sum(customers) as bigint) as customers
from crm.decision_count
where campaign = :campaign and send_date = :send_date
group by occasion, wave, decision, reason
order by occasion asc, wave asc, decision asc, customers desc, reason asc
