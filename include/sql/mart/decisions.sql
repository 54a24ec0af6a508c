-- Makes mart.decisions from crm.decision.
create or replace view mart.decisions as
select
    customer_id,
    campaign,
    occasion,
    instance,
    wave,
    kind,
    business_date,
    send_date,
    occasion_date,
    priority,
    decision,
    reason,
    reasons,
    channel,
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
    cut_off_at
from crm.decision;

comment on view mart.decisions is 'Every candidate of every due campaign, in or out, with the reason (key: customer_id, campaign, occasion, instance, wave). Joins mart.customers, mart.messages.';
comment on column mart.decisions.customer_id is 'Candidate.';
comment on column mart.decisions.campaign is 'Campaign.';
comment on column mart.decisions.occasion is 'Dated occasion; for continuous campaigns the year.';
comment on column mart.decisions.instance is 'What makes it once only in a continuous campaign; "" elsewhere.';
comment on column mart.decisions.wave is 'Wave of the campaign.';
comment on column mart.decisions.kind is 'holiday, birthday, seasonal or repurchase.';
comment on column mart.decisions.business_date is 'Business date whose data were read.';
comment on column mart.decisions.send_date is 'Day on which the message goes out.';
comment on column mart.decisions.occasion_date is 'Date of the occasion itself.';
comment on column mart.decisions.priority is 'Priority of the campaign, 1 first.';
comment on column mart.decisions.decision is 'include, hold_out (the campaign''s control) or exclude.';
comment on column mart.decisions.reason is 'First reason of an exclusion; null for the others.';
comment on column mart.decisions.reasons is 'All reasons that applied, in order.';
comment on column mart.decisions.channel is 'email or sms; also for held-out customers.';
comment on column mart.decisions.arm is 'treatment or control; null where excluded.';
comment on column mart.decisions.variant is 'Variant of words and offer.';
comment on column mart.decisions.segment is 'RFM segment at assignment.';
comment on column mart.decisions.tier is 'Tier at assignment.';
comment on column mart.decisions.stage is 'Lifecycle stage at assignment.';
comment on column mart.decisions.locale is 'Language of the message.';
comment on column mart.decisions.goal is 'Declared goal: any_order, product, category or minimum_value.';
comment on column mart.decisions.goal_item is 'Product id, category or amount of the goal.';
comment on column mart.decisions.item_key is 'Item that a repurchase message is about (mart.repurchase_cycles).';
comment on column mart.decisions.offer is 'Offer as decided: text by locale and the code for all, or the terms of a fitted coupon (docs/offers.md), whose code is not shown.';
comment on column mart.decisions.coupon_cost is 'Cost of the coupon if redeemed; reporting currency.';
comment on column mart.decisions.sending_cost is 'Cost of sending; reporting currency.';
comment on column mart.decisions.planned_send_at is 'When it goes out, or would have (an instant): the windows start here.';
comment on column mart.decisions.cut_off_at is 'End of the business date: nothing later was read.';
