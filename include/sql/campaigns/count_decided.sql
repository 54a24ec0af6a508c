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
on conflict (campaign, occasion, wave, business_date, decision, reason) do update set customers = excluded.customers;

insert into crm.decision_group (
    campaign, occasion, wave, business_date, send_date, decision, variant, channel, tier, customers, sending_cost,
    coupon_cost
)
select
    campaign,
    occasion,
    wave,
    business_date,
    send_date,
    decision,
    variant,
    channel,
    coalesce(tier, '') as tier,
    count(*) as customers,
    coalesce(sum(sending_cost) filter (where decision = 'include'), 0) as sending_cost,
    coalesce(sum(coupon_cost) filter (where decision = 'include'), 0) as coupon_cost
from decided
where decision <> 'exclude'
group by campaign, occasion, wave, business_date, send_date, decision, variant, channel, coalesce(tier, '')
on conflict (campaign, occasion, wave, business_date, decision, variant, channel, tier) do update set
    customers = excluded.customers,
    sending_cost = excluded.sending_cost,
    coupon_cost = excluded.coupon_cost
