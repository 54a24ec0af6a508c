-- A past occasion that everybody was decided for, a fifth of them held out, and its messages; one in 200 failed, a tenth of
-- those with nobody knowing. Its counts are kept as planning keeps them.
-- %(campaign)s  %(kind)s  %(occasion)s  %(send_date)s  %(number)s of the occasion
create temp table decided as
select
    customer_id,
    case when abs(customer_id %% 5) = 0 then 'hold_out' else 'include' end as decision,
    case when abs(customer_id %% 3) = 0 then 'sms' else 'email' end as channel,
    case when abs(customer_id %% 2) = 0 then 'a' else 'b' end as variant,
    segment,
    tier,
    stage
from crm.customer_state;

insert into crm.decision (
    customer_id, campaign, occasion, kind, business_date, send_date, occasion_date, priority, decision, channel,
    contact_key, assignment_key, epoch, salt, arm, variant, segment, tier, stage, locale, goal, sending_cost,
    planned_send_at, send_by, cut_off_at, declaration_hash
)
select
    d.customer_id, %(campaign)s, %(occasion)s, %(kind)s, cast(%(send_date)s as date) - 1, %(send_date)s, %(send_date)s, 1,
    d.decision, d.channel, p.email_key, p.email_key, %(occasion)s, 'bench',
    case d.decision when 'hold_out' then 'control' else 'treatment' end, d.variant, d.segment, d.tier, d.stage, 'en',
    'any_order', 0.001, cast(%(send_date)s as date) + interval '15 hours', cast(%(send_date)s as date) + interval '25 hours',
    cast(%(send_date)s as date) + interval '5 hours', 'bench'
from decided as d
inner join crm.customer_profile as p on d.customer_id = p.customer_id;

insert into crm.message (
    customer_id, campaign, occasion, channel, message_id, batch_id, contact_key, send_date, planned_send_at, send_by,
    locale, variant, status, status_reason, provider, sending_cost, accepted_at
)
select
    customer_id, campaign, occasion, channel, left(md5(customer_id || ' ' || occasion), 16),
    %(number)s * 10000 + row_number() over () / 500, contact_key, send_date, planned_send_at, send_by, 'en', variant,
    case when abs(customer_id %% 2003) = 7 then 'unknown' when abs(customer_id %% 211) = 7 then 'failed' else 'accepted' end,
    case when abs(customer_id %% 2003) <> 7 and abs(customer_id %% 211) = 7 then 'bounce' end,
    'outbox', sending_cost, planned_send_at
from crm.decision
where campaign = %(campaign)s and occasion = %(occasion)s and decision = 'include';

insert into crm.message_batch (
    campaign, occasion, wave, send_date, channel, provider, planned_send_at, status, messages
)
select
    %(campaign)s, %(occasion)s, 'main', %(send_date)s, 'email', 'outbox',
    cast(%(send_date)s as date) + interval '15 hours', 'done', 500
from generate_series(1, (select count(*) from decided where decision = 'include') / 500);

insert into crm.decision_count (campaign, occasion, wave, business_date, send_date, kind, decision, reason, customers)
select %(campaign)s, %(occasion)s, 'main', cast(%(send_date)s as date) - 1, %(send_date)s, %(kind)s, decision, '', count(*)
from decided
group by decision;

insert into crm.decision_group (
    campaign, occasion, wave, business_date, send_date, decision, variant, channel, tier, customers, sending_cost,
    coupon_cost
)
select
    %(campaign)s, %(occasion)s, 'main', cast(%(send_date)s as date) - 1, %(send_date)s, decision, variant, channel, tier,
    count(*), 0.001 * count(*), 0
from decided
group by decision, variant, channel, tier
