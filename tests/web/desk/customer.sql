-- Two customers of the seeded shop: one of whom everything is known, and one who shares the address.
insert into crm.business (name, time_zone, currency, country) values ('Bär & <Söhne>', 'America/New_York', 'USD', 'US');
insert into crm.customer (customer_id, shop, external_id, is_anonymous, known_on) values
(crm.key64('main', 'C-1001'), 'main', 'C-1001', false, '2016-03-02'),
(crm.key64('main', 'C-2002'), 'main', 'C-2002', false, '2017-05-01'),
(crm.key64('main', ''), 'main', '', true, '2016-01-01');
insert into crm.customer_profile (customer_id, valid_from, valid_to, name, email, mobile, email_key, mobile_key, country, region,
time_zone, locale, birthday, birthday_calendar, sex, preferred_channel, tags, file_version_id) values
(crm.key64('main', 'C-1001'), '2016-03-02', '2017-01-10', 'Ottilie Zorn', 'old@zorn.example.com', null,
crm.contact_key('email', 'old@zorn.example.com'), null, 'US', 'Ohio', null, 'en', '1984-02-29', 'solar', 'female', null, '{}', 1),
(crm.key64('main', 'C-1001'), '2017-01-10', null, 'Ottilie <Zorn>', 'ottilie@zorn.example.com', '+12025550147',
crm.contact_key('email', 'ottilie@zorn.example.com'), crm.contact_key('sms', '+12025550147'), 'US', 'Ohio',
'America/New_York', 'en', '1984-02-29', 'solar', 'female', 'email', '{"vip": true, "roast": "dark"}', 1),
(crm.key64('main', 'C-2002'), '2017-05-01', null, 'Emil Zorn', 'ottilie@zorn.example.com', null,
crm.contact_key('email', 'ottilie@zorn.example.com'), null, 'US', null, null, null, null, null, null, null, '{}', 1);
insert into crm.consent (customer_id, channel, valid_from, valid_to, granted, source, file_version_id) values
(crm.key64('main', 'C-1001'), 'email', '2016-03-02', '2017-01-10', false, 'checkout', 1),
(crm.key64('main', 'C-1001'), 'email', '2017-01-10', null, true, 'newsletter form', 1),
(crm.key64('main', 'C-1001'), 'sms', '2017-01-10', null, true, 'newsletter form', 1);
insert into crm.suppression values
(crm.contact_key('email', 'old@zorn.example.com'), 'email', 'bounce', '2016-12-24 10:00Z', '2016-12-23', 'sendgrid event');
insert into crm.product (product_id, valid_from, shop, external_id, name, category, file_version_id)
select crm.key64('main', 'P' || n), '2016-01-01', 'main', 'P' || n,
(array['Yirgacheffe, whole bean', 'Paper filters', 'Cold brew bottle'])[n], 'Coffee', 1 from generate_series(1, 3) as n;
insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at, ordered_on, business_date,
line_count, quantity, amount, coupon_codes, known_on)
select crm.key64('main', 'C-1001'), crm.key64('main', 'O' || n), 1, 'main', 'O' || n,
case when n = 9 then 'unpaid' else 'completed' end, date '2016-03-02' + n * 68 + interval '17 hours', date '2016-03-02' + n * 68,
date '2016-03-02' + n * 68, 1 + n % 5, 3, 41.5 + 7 * n, case when n = 8 then array['X'] end, date '2016-03-02' + n * 68
from generate_series(0, 9) as n;
insert into crm.order_line (customer_id, order_key, line_number, file_version_id, product_id, quantity, amount)
select customer_id, order_key, line, 1, crm.key64('main', 'P' || (1 + line % 3)), 1, amount / line_count
from crm.orders cross join lateral generate_series(1, line_count) as line where shop = 'main';
insert into crm.refund (customer_id, refund_key, file_version_id, shop, refund_id, order_key, amount, refunded_at, refunded_on,
business_date, known_on) values
(crm.key64('main', 'C-1001'), 71, 1, 'main', 'R71', crm.key64('main', 'O7'), 20.25, '2017-06-30 12:00Z', '2017-06-30', '2017-06-30', '2017-06-30'),
(crm.key64('main', 'C-1001'), 72, 1, 'main', 'R72', crm.key64('main', 'elsewhere'), 5, '2016-04-01 12:00Z', '2016-04-01', '2016-04-01', '2016-04-01');
insert into crm.customer_state (customer_id, as_of, first_order_on, last_order_on, order_count, net_revenue, average_order_value,
median_interval_days, frequency, monetary, recency_score, frequency_score, monetary_score, segment, tier, stage) values
(crm.key64('main', 'C-1001'), '2017-11-20', '2016-03-02', '2017-08-28', 9, 602.25, 66.92, 68, 5, 420, 3, 4, 5, 'important_value', 'silver', 'active');
insert into crm.customer_history (customer_id, valid_from, valid_to, segment, tier, stage) values
(crm.key64('main', 'C-1001'), '2016-03-02', '2016-07-20', null, 'base', 'new'),
(crm.key64('main', 'C-1001'), '2016-07-20', '2017-02-10', 'general_develop', 'base', 'active'),
(crm.key64('main', 'C-1001'), '2017-02-10', '2017-05-11', 'important_keep', 'base', 'lapsing'),
(crm.key64('main', 'C-1001'), '2017-05-11', '2017-09-01', 'important_value', 'silver', 'active'),
(crm.key64('main', 'C-1001'), '2017-09-01', null, 'important_value', 'silver', 'active');
insert into crm.decision (customer_id, campaign, occasion, instance, kind, business_date, send_date, occasion_date, priority, decision,
reason, reasons, channel, contact_key, epoch, salt, arm, segment, tier, goal, item_key, planned_send_at, send_by, cut_off_at,
declaration_hash)
select crm.key64('main', 'C-1001'), d.campaign, d.occasion, d.instance, d.kind, d.send_date - 1, d.send_date, d.occasion_date, 2, d.decision,
d.reasons[1], d.reasons, 'email', crm.contact_key('email', 'ottilie@zorn.example.com'), 'x', 's',
case d.decision when 'include' then 'treatment' when 'hold_out' then 'control' end, 'important_value', 'silver', 'any_order', d.item_key,
d.send_date + interval '15 hours', d.send_date + interval '25 hours', d.send_date + interval '5 hours', 'h'
from (values
('thanksgiving', 'thanksgiving-2017', '', 'holiday', date '2017-11-21', date '2017-11-23', 'include', '{}'::text[], null),
('repurchase', '2017', 'a', 'repurchase', date '2017-11-03', date '2017-11-04', 'include', '{}', cast(crm.key64('main', 'P1') as text)),
('repurchase', '2017', 'b', 'repurchase', date '2017-08-26', date '2017-08-27', 'exclude', '{bought_recently,contacted_within_cap}', cast(crm.key64('main', 'P1') as text)),
('birthday', '2017', '', 'birthday', date '2017-02-21', date '2017-02-28', 'hold_out', '{}', null),
('winter', 'winter-2016', '', 'seasonal', date '2016-11-24', date '2016-12-01', 'exclude', '{no_consent}', null),
('black_friday', 'black-friday-2016', '', 'holiday', date '2016-11-23', date '2016-11-25', 'exclude', '{no_consent}', null)
) as d (campaign, occasion, instance, kind, send_date, occasion_date, decision, reasons, item_key);
insert into crm.message (customer_id, campaign, occasion, instance, channel, message_id, batch_id, contact_key, send_date,
planned_send_at, send_by, locale, provider, status, status_reason, accepted_at) values
(crm.key64('main', 'C-1001'), 'repurchase', '2017', 'a', 'email', '5eedfeedbeef0001', 1, crm.contact_key('email', 'ottilie@zorn.example.com'),
'2017-11-03', '2017-11-03 15:00Z', '2017-11-04 01:00Z', 'en', 'sendgrid', 'delivered', null, '2017-11-03 15:00:07Z'),
(crm.key64('main', 'C-1001'), 'thanksgiving', 'thanksgiving-2017', '', 'email', '5eedfeedbeef0002', 1, crm.contact_key('email', 'ottilie@zorn.example.com'),
'2017-11-21', '2017-11-21 15:00Z', '2017-11-22 01:00Z', 'en', 'sendgrid', 'skipped', 'send_by', null);
insert into crm.response (customer_id, provider, event_id, campaign, occasion, instance, wave, channel, message_id, contact_key, kind,
occurred_at, known_on, machine)
select crm.key64('main', 'C-1001'), 'sendgrid', 'e' || n, 'repurchase', '2017', 'a', 'main', 'email', '5eedfeedbeef0001',
crm.contact_key('email', 'ottilie@zorn.example.com'), (array['delivered', 'opened', 'opened', 'opened', 'clicked'])[n],
timestamptz '2017-11-03 15:01Z' + n * interval '17 minutes', '2017-11-03', case when n = 2 then 'prefetch' end
from generate_series(1, 5) as n;
insert into crm.coupon (customer_id, campaign, occasion, business_date, code, threshold, value, currency, starts_on, expires_on) values
(crm.key64('main', 'C-1001'), 'thanksgiving', 'thanksgiving-2017', '2017-11-20', 'SECRETSECRET', 60, 8, 'USD', '2017-11-21', '2017-11-30'),
(crm.key64('main', 'C-1001'), 'birthday', '2016', '2016-02-20', 'OLDERSECRETS', 0, 5, 'USD', '2016-02-21', '2016-03-21');
insert into crm.coupon_use values
(crm.key64('main', 'C-1001'), 'OLDERSECRETS', 1, 1, 'redeemed', crm.key64('main', 'C-2002'), '2016-03-02 17:00Z', '2016-03-02');
