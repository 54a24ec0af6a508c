-- Keep the counts of the temporary decided: pages ask for them by the minute, and there may be a million rows.
-- No parameters.
insert into crm.decision_count (
    campaign, occasion, wave, business_date, send_date, kind, decision, reason, customers
)
select
    campaign,
    occasion,
    wave,
    business_date,
    send_date,
    kind,
    decision,
    coalesce(reason, '') as reason,
    count(*) as customers
from decided
group by campaign, occasion, wave, business_date, send_date, kind, decision, coalesce(reason, '')
on conflict (campaign, occasion, wave, business_date, decision, reason) do update set customers = excluded.customers
