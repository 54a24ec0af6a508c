-- Keep what was decided, and who counts as contacted: in one transaction, so that neither is ever without the other.
-- The primary key of crm.contact_claim is the last word on one contact per address and send date.
-- Parameters: business_date, send_date, mode, whole, declarations, year, global_salt, global_holdout
insert into crm.decision (
    customer_id, campaign, occasion, instance, wave, kind, direction, business_date, send_date, occasion_date, priority, decision,
    reason, reasons, channel, contact_key, assignment_key, epoch, salt, arm, variant, segment, tier, stage, locale, goal,
    goal_item, item_key, offer, coupon_cost, sending_cost, planned_send_at, send_by, cut_off_at, declaration_hash,
    breakpoints_on, cycles_on
)
select
    customer_id,
    campaign,
    occasion,
    instance,
    wave,
    kind,
    direction,
    business_date,
    send_date,
    occasion_date,
    priority,
    decision,
    reason,
    reasons,
    channel,
    contact_key,
    assignment_key,
    epoch,
    salt,
    arm,
    variant,
    segment,
    tier,
    stage,
    locale,
    goal,
    goal_item,
    item_key,
    offer,
    coupon_cost,
    sending_cost,
    planned_send_at,
    send_by,
    cut_off_at,
    declaration_hash,
    breakpoints_on,
    cycles_on
from decided;

insert into crm.contact_claim (
    contact_key, send_date, channel, campaign, occasion, instance, wave, customer_id, direction, assignment_key, ghost
)
select
    contact_key,
    send_date,
    channel,
    campaign,
    occasion,
    instance,
    wave,
    customer_id,
    direction,
    assignment_key,
    decision = 'hold_out' as ghost
from decided
where decision <> 'exclude';

insert into crm.epoch (campaign, epoch, salt, holdout, variants, started_on)
select distinct on (campaign, epoch)
    campaign,
    epoch,
    salt,
    holdout,
    variants,
    cast(:business_date as date) as started_on
from due
where exists (select from decided where decided.campaign = due.campaign and decided.epoch = due.epoch)
order by campaign, epoch
on conflict (campaign, epoch) do nothing;

insert into crm.epoch (campaign, epoch, salt, holdout, variants, started_on)
values ('', :year, :global_salt, :global_holdout, '{}', :business_date)
on conflict (campaign, epoch) do nothing;

insert into crm.plan as p (
    business_date, send_date, mode, whole, declarations, candidates, included, held_out, excluded
)
select
    :business_date,
    :send_date,
    :mode,
    :whole,
    cast(:declarations as text[]) as declarations,
    count(*) as candidates,
    count(*) filter (where decision = 'include') as included,
    count(*) filter (where decision = 'hold_out') as held_out,
    count(*) filter (where decision = 'exclude') as excluded
from decided
on conflict (business_date) do update set
    whole = p.whole or excluded.whole,
    declarations = p.declarations || excluded.declarations,
    candidates = p.candidates + excluded.candidates,
    included = p.included + excluded.included,
    held_out = p.held_out + excluded.held_out,
    excluded = p.excluded + excluded.excluded;

-- The campaigns' own runs read them at once, before autovacuum has looked: what they join and filter by.
analyze crm.decision (customer_id, campaign, occasion, instance, wave, business_date, send_date, decision, channel);
