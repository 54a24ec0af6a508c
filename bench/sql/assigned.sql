-- A campaign that everybody entered, a fifth of them held out, decided so long before the last date that all windows have
-- closed.
-- %(day)s business date  %(customers)s
insert into crm.declaration (declaration_hash, campaign, kind, body, first_used_on)
values (
    repeat('1', 64), 'everybody', 'holiday',
    E'campaign: everybody\nkind: holiday\ngoal: {goal: any_order}\nprimary_window_days: 10\nholdout: 0.2\n', %(day)s
);

insert into crm.epoch (campaign, epoch, salt, holdout, variants, started_on)
values ('everybody', 'everybody:festival', 'everybody', 0.2, '{a,b}', %(day)s);

insert into crm.decision (
    customer_id, campaign, occasion, kind, business_date, send_date, occasion_date, priority, decision, channel,
    contact_key, assignment_key, epoch, salt, arm, variant, segment, tier, locale, goal, sending_cost, planned_send_at,
    send_by, cut_off_at, declaration_hash
)
select
    crm.key64('bench', 'c' || n), 'everybody', 'festival', 'holiday', %(day)s, cast(%(day)s as date) + 1,
    cast(%(day)s as date) + 1, 1, case when n %% 5 = 0 then 'hold_out' else 'include' end,
    case when n %% 3 = 0 then 'sms' else 'email' end, crm.contact_key('email', 'c' || n || '@example.com'),
    crm.contact_key('email', 'c' || n || '@example.com'), 'everybody:festival', 'everybody',
    case when n %% 5 = 0 then 'control' else 'treatment' end, case when n %% 2 = 0 then 'a' else 'b' end,
    (array['important_value', 'important_develop', 'important_keep', 'important_win_back', 'general_value',
        'general_develop', 'general_keep', 'general_win_back'])[1 + n %% 8],
    (array['base', 'silver', 'gold', 'platinum'])[1 + n / 8 %% 4], 'en', 'any_order', 0.001,
    (cast(%(day)s as date) + 1 + time '10:00') at time zone 'America/New_York',
    (cast(%(day)s as date) + 1 + time '20:00') at time zone 'America/New_York',
    (cast(%(day)s as date) + 1 + time '00:00') at time zone 'America/New_York', repeat('1', 64)
from generate_series(0, %(customers)s - 1) as n;

insert into crm.plan (business_date, send_date, mode, whole, declarations, candidates, included, held_out, excluded)
select
    %(day)s, cast(%(day)s as date) + 1, 'simulate', true, array[repeat('1', 64)], count(*),
    count(*) filter (where decision = 'include'), count(*) filter (where decision = 'hold_out'), 0
from crm.decision;

-- What the messages' own run leaves behind.
insert into crm.message (
    customer_id, campaign, occasion, channel, message_id, batch_id, contact_key, send_date, planned_send_at, send_by,
    locale, variant, status, provider, sending_cost, accepted_at
)
select
    customer_id, campaign, occasion, channel, left(md5(cast(customer_id as text)), 16), 1, contact_key, send_date,
    planned_send_at, send_by, 'en', variant, 'accepted', 'outbox', sending_cost, planned_send_at
from crm.decision
where decision = 'include'
