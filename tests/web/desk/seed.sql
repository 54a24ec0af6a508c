-- A shop two days before Thanksgiving 2017: one date held, one approval open, rows set aside, messages of which some failed.
insert into crm.shop (shop, source, time_zone) values
('main', 'complete_journey', 'America/New_York'), ('outlet', 'complete_journey', 'America/New_York');
insert into crm.delivery (shop, business_date, mode)
select shop, cast(day as date), 'live'
from unnest(array['main', 'outlet']) as shop
cross join generate_series(date '2017-08-01', date '2017-11-21', interval '1 day') as day
where not (shop = 'outlet' and day >= date '2017-11-21');
insert into crm.refresh (as_of, settings)
select cast(day as date), 'x' from generate_series(date '2017-08-10', date '2017-11-21', interval '1 day') as day;
insert into crm.evaluation (as_of, results, new_versions) values ('2017-11-20', 4, 1);
insert into crm.housekeeping (step, business_date, kept_from, removed) values
('outbox', '2017-11-20', '2017-08-20', 40), ('rejected_rows', '2017-11-20', '2017-08-20', 1200), ('outbox', '2017-11-19', '2017-08-19', 7);
insert into crm.plan (business_date, send_date, mode, whole, declarations, candidates, included, held_out, excluded)
select cast(day as date), cast(day as date) + 1, 'live', true, '{}', 0, 0, 0, 0
from generate_series(date '2017-10-25', date '2017-11-20', interval '1 day') as day;
insert into crm.decision_count (campaign, kind, occasion, wave, business_date, send_date, decision, reason, customers) values
('thanksgiving', 'holiday', 'thanksgiving-2017', 'main', '2017-11-20', '2017-11-21', 'include', '', 18204),
('thanksgiving', 'holiday', 'thanksgiving-2017', 'main', '2017-11-20', '2017-11-21', 'hold_out', '', 4551),
('thanksgiving', 'holiday', 'thanksgiving-2017', 'main', '2017-11-20', '2017-11-21', 'exclude', 'no_consent', 6120),
('thanksgiving', 'holiday', 'thanksgiving-2017', 'main', '2017-11-20', '2017-11-21', 'exclude', 'global_holdout', 1402),
('thanksgiving', 'holiday', 'thanksgiving-2017', 'main', '2017-11-20', '2017-11-21', 'exclude', 'opt_out', 310),
('thanksgiving', 'holiday', 'thanksgiving-2017', 'main', '2017-11-20', '2017-11-21', 'exclude', 'bounce', 77),
('birthday', 'birthday', '2017', 'main', '2017-11-20', '2017-11-21', 'include', '', 61),
('birthday', 'birthday', '2017', 'main', '2017-11-20', '2017-11-21', 'exclude', 'lower_priority', 9),
('repurchase', 'repurchase', '2017', 'main', '2017-11-20', '2017-11-21', 'include', '', 812),
('repurchase', 'repurchase', '2017', 'main', '2017-11-20', '2017-11-21', 'hold_out', '', 201),
('repurchase', 'repurchase', '2017', 'main', '2017-11-19', '2017-11-20', 'include', '', 888),
('black_friday', 'holiday', 'black-friday-2016', 'main', '2016-11-24', '2016-11-25', 'include', '', 15000),
('black_friday', 'holiday', 'black-friday-2016', 'main', '2016-11-24', '2016-11-25', 'exclude', 'no_consent', 5000);
insert into crm.hold (business_date, campaign, mode, since, reasons) values
('2017-11-21', '', 'live', '2017-11-22 11:00Z',
'[{"business_date": "2017-11-21", "shop": "outlet", "problem": "failed", "source_file": "orders_2017-11-21.csv",
"failure": "quantity is a number in every row", "text": "x"}]');
insert into crm.hold (business_date, campaign, mode, since, reasons, ended_at, outcome) values
('2017-11-17', 'birthday', 'live', '2017-11-18 11:00Z', '[]', '2017-11-19 01:00Z', 'expired');
insert into crm.approval (campaign, business_date, decisions_hash, messages, sending_cost, coupon_cost, asked_at) values
('thanksgiving', '2017-11-20', 'h1', 18204, 214.5, 91020, '2017-11-21 11:00Z');
insert into crm.sending_stop (campaign, send_date, stopped_at, stopped_by) values
('birthday', '2017-11-19', '2017-11-19 15:00Z', 'olive');
insert into crm.message_batch (campaign, occasion, wave, send_date, channel, provider, planned_send_at, status, messages) values
('repurchase', '2017', 'main', '2017-11-21', 'email', 'sendgrid', '2017-11-21 15:00Z', 'done', 500),
('repurchase', '2017', 'main', '2017-11-21', 'email', 'sendgrid', '2017-11-21 15:00Z', 'planned', 312);
insert into crm.message (customer_id, campaign, occasion, channel, message_id, batch_id, contact_key, send_date,
planned_send_at, send_by, locale, provider, status, status_reason)
select n, 'repurchase', '2017', case when n % 3 = 0 then 'sms' else 'email' end, 'm' || n, 1,
crm.contact_key('email', n::text), '2017-11-20', '2017-11-20 15:00Z', '2017-11-21 01:00Z', 'en', 'sendgrid',
case when n % 11 = 0 then 'unknown' else 'failed' end, case when n % 11 = 0 then null else 'bounce' end
from generate_series(1, 60) as n;
insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status, failure,
lines_read, lines_published, lines_rejected) values
('main', 'orders', 'orders_2017-11-20.csv', 'a', '2017-11-20', '2017-11-20', 'published', null, 9000, 8983, 17),
('outlet', 'orders', 'orders_2017-11-21.csv', 'b', '2017-11-21', '2017-11-21', 'failed', 'quantity is a number in every row', 0, 0, 0);
insert into crm.rejected_row (file_version_id, row_number, reason, column_name, raw)
select (select min(file_version_id) from crm.file_version), n, case when n % 4 = 0 then 'unknown currency' else 'no order id' end,
case when n % 4 = 0 then 'Currency' else 'Order ID' end, '{"secret": "Ann Smith"}'
from generate_series(1, 17) as n;

insert into crm.customer_state (customer_id, as_of, order_count, frequency, monetary, net_revenue, segment, tier, stage)
select
    n, '2017-11-21', 3, 2, 100, revenue,
    (array['important_value', 'important_develop', 'important_keep', 'important_win_back', 'general_value',
    'general_develop', 'general_keep', 'general_win_back'])[1 + (n * 7 + n / 13) % 8],
    case when revenue >= 20000 then 'platinum' when revenue >= 5000 then 'gold' when revenue >= 2000 then 'silver' else 'base' end,
    'active'
from (select n, round(cast(20 * power(10, 3.6 * n / 5000.0) / (1 + (n % 7)) as numeric), 2) as revenue from generate_series(1, 5000) as n) as c;
insert into crm.customer_history (customer_id, valid_from, valid_to, segment, tier, stage)
select customer_id, date '2017-08-10', date '2017-11-15', case when customer_id % 5 = 0 then 'general_develop' else segment end,
case when customer_id % 9 = 0 then 'base' else tier end, 'active'
from crm.customer_state where customer_id % 20 <> 1;
insert into crm.customer_history (customer_id, valid_from, segment, tier, stage)
select customer_id, date '2017-11-15', segment, tier, 'active' from crm.customer_state;
insert into crm.decision_group (campaign, occasion, wave, business_date, send_date, decision, variant, channel, tier,
customers, sending_cost, coupon_cost)
select
    'thanksgiving', 'thanksgiving-2017', 'main', '2017-11-20', '2017-11-21', decision, 'a', channel, tier, customers,
    case when decision = 'include' then customers * 0.01 else 0 end, case when decision = 'include' then customers * 5 else 0 end
from (values
('include', 'email', 'base', 12010), ('include', 'email', 'silver', 3000), ('include', 'email', 'gold', 794),
('include', 'sms', 'base', 2000), ('include', 'sms', 'platinum', 400), ('hold_out', 'email', 'base', 3000),
('hold_out', 'email', 'silver', 951), ('hold_out', 'sms', 'base', 600)) as g (decision, channel, tier, customers);
insert into crm.detectable_effect (campaign, occasion, wave, send_date, business_date, goal, window_days, eligible,
baseline_rate, baseline, holdout, effect, worthwhile_lift, proposed_holdout, occasions_to_pool) values
('thanksgiving', 'thanksgiving-2017', 'main', '2017-11-21', '2017-11-20', 'any_order', 10, 22755, 0.41,
'the eligible themselves, last window', 0.2, 0.0231, 0.05, 0.034, 1);
insert into crm.rehearsal (campaign, run_id, business_date, found) values
('thanksgiving', 'manual__1+00:00', '2017-11-20', '{"published": "2017-11-19", "broken": null, "occasions": [{"occasion":
"thanksgiving-2017", "wave": "main", "kind": "holiday", "candidates": 120, "included": 70, "held_out": 20, "excluded":
{"no_consent": 25, "lower_priority": 5}, "at_all": {"no_consent": 25, "inactive": 9, "lower_priority": 5},
"sending_cost": 1.5, "arms": [{"variant": "a", "channel": "email", "included": 60, "held_out": 15}, {"variant": "a",
"channel": "sms", "included": 10, "held_out": 5}], "tiers": [{"tier": "", "included": 4, "held_out": 0}, {"tier": "gold",
"included": 66, "held_out": 20}], "detectable": {"goal": "any_order", "window_days": 10, "eligible": 90, "baseline_rate":
null, "baseline": "there are fewer than 100 earlier controls", "holdout": 0.2, "effect": null, "worthwhile_lift": 0.05,
"proposed_holdout": null, "occasions_to_pool": null}}], "samples": [{"occasion": "thanksgiving-2017", "wave": "main",
"channel": "email", "locale": "en", "variant": "a", "messages": 60, "subject": "Thank you, Alex Sample", "text":
"Dear Alex Sample,\n\nthank you for this year."}, {"occasion": "thanksgiving-2017", "wave": "main", "channel": "sms",
"locale": "en", "variant": "a", "messages": 10, "text": "Thank you, Alex Sample. Reply STOP", "encoding": "gsm7", "units":
34, "parts": 1, "most_parts": 2}]}');
