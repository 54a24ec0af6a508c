-- A dry run's decisions about every candidate: no address, no name.
-- :named  campaign; null = all
select
    customer_id,
    campaign,
    kind,
    occasion,
    wave,
    instance,
    business_date,
    send_date,
    decision,
    reason,
    array_to_string(reasons, ';') as reasons,
    arm,
    variant,
    channel,
    cast(planned_send_at at time zone 'UTC' as text) || 'Z' as planned_send_at,
    cast(send_by at time zone 'UTC' as text) || 'Z' as send_by,
    segment,
    tier,
    stage,
    locale,
    goal,
    goal_item,
    item_key,
    coupon_cost,
    sending_cost,
    epoch,
    priority,
    declaration_hash
from decided
where cast(:named as text) is null or campaign = :named
order by priority, campaign, occasion, wave, customer_id, instance
