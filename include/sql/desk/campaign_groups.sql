-- The audience of a campaign on a send date: both arms by variant, channel and tier.
-- :campaign, :send_date
select
    occasion,
    wave,
    decision,
    variant,
    channel,
    tier,
    cast(sum(customers) as bigint) as customers,
    sum(sending_cost) as sending_cost,
    sum(coupon_cost) as coupon_cost
from crm.decision_group
where campaign = :campaign and send_date = :send_date
group by occasion, wave, decision, variant, channel, tier
order by occasion, wave, decision, variant, channel, tier
