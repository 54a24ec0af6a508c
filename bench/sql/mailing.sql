-- A campaign that was decided: every customer is to get an e-mail of their own, one in four in Chinese, half with a coupon.
-- %(messages)s  %(day)s business date
insert into crm.declaration (declaration_hash, campaign, kind, body, first_used_on)
values (
    repeat('0', 64), 'mailing', 'holiday', E'campaign: mailing\nkind: holiday\ntemplate: black_friday\n', %(day)s
);

create temp table person as
select
    crm.key64('bench', 'c' || n) as customer_id,
    'customer.' || n || '@shop' || n %% 50 || '.example' as email,
    case when n %% 4 = 0 then '王小明' else (array['Anna', 'Zoë Ng', 'William', 'Mary-Jane O''Neil'])[1 + n %% 4] end as name,
    case when n %% 4 = 0 then 'zh-CN' else 'en' end as locale,
    n
from generate_series(1, %(messages)s) as n;

insert into crm.customer_profile (customer_id, valid_from, name, email, email_key, file_version_id)
select customer_id, '2017-01-01', name, email, crm.contact_key('email', email), 1
from person;

insert into crm.consent (customer_id, channel, valid_from, granted, file_version_id)
select customer_id, 'email', '2017-01-01', true, 1
from person;

insert into crm.decision (
    customer_id, campaign, occasion, kind, business_date, send_date, occasion_date, priority, decision, channel,
    contact_key, assignment_key, epoch, salt, arm, tier, locale, goal, offer, sending_cost, planned_send_at, send_by,
    cut_off_at, declaration_hash, variant
)
select
    customer_id, 'mailing', 'black-friday-2017', 'holiday', %(day)s, cast(%(day)s as date) + 1, cast(%(day)s as date) + 1,
    2, 'include', 'email', crm.contact_key('email', email), crm.contact_key('email', email), '2017', 'salt', 'treatment',
    'base', locale, 'any_order',
    case when n %% 2 = 0 then jsonb_build_object(
        'value', 10, 'threshold', 80, 'currency', 'USD', 'expires_on', '2017-12-01', 'code', 'CODE' || n
    ) end,
    0.001, (cast(%(day)s as date) + 1 + time '10:00') at time zone 'America/New_York',
    (cast(%(day)s as date) + 1 + time '20:00') at time zone 'America/New_York',
    (cast(%(day)s as date) + 1 + time '00:00') at time zone 'America/New_York', repeat('0', 64), 'a'
from person;

insert into crm.suppression (contact_key, channel, reason, occurred_at, known_on, source)
select crm.contact_key('email', 'gone.' || n || '@example.com'), 'email', 'opt_out', '2017-01-01', '2017-01-01', 'bench'
from generate_series(1, %(messages)s / 20) as n;

analyze
