-- A year of days beside the great occasions: plans, campaigns that run every day, files with rows that were set aside, what
-- came back from messages, coupons, and results of four campaigns with six occasions each.
-- %(last)s last business date
insert into crm.plan (business_date, send_date, mode, whole, declarations, candidates, included, held_out, excluded)
select cast(day as date), cast(day as date) + 1, 'live', true, '{}', 0, 0, 0, 0
from generate_series(cast(%(last)s as date) - 365, cast(%(last)s as date) - 1, interval '1 day') as day;

insert into crm.evaluation (as_of, results, new_versions) values (%(last)s, 0, 0);

insert into crm.decision_count (campaign, occasion, wave, business_date, send_date, kind, decision, reason, customers)
select campaign, to_char(day, 'YYYY'), 'main', cast(day as date), cast(day as date) + 1, campaign, decision, reason, 700
from generate_series(cast(%(last)s as date) - 365, cast(%(last)s as date) - 1, interval '1 day') as day
cross join unnest(array['birthday', 'repurchase']) as campaign
cross join (
    values ('include', ''), ('hold_out', ''), ('exclude', 'no_consent'), ('exclude', 'opt_out'), ('exclude', 'bounce'),
    ('exclude', 'global_holdout'), ('exclude', 'lower_priority'), ('exclude', 'no_address')
) as part (decision, reason);

insert into crm.decision_group (
    campaign, occasion, wave, business_date, send_date, decision, variant, channel, tier, customers, sending_cost,
    coupon_cost
)
select
    campaign, to_char(day, 'YYYY'), 'main', cast(day as date), cast(day as date) + 1, decision, 'a', channel, tier, 70, 1, 0
from generate_series(cast(%(last)s as date) - 365, cast(%(last)s as date) - 1, interval '1 day') as day
cross join unnest(array['birthday', 'repurchase']) as campaign
cross join unnest(array['include', 'hold_out']) as decision
cross join unnest(array['email', 'sms']) as channel
cross join unnest(array['base', 'silver', 'gold', 'platinum']) as tier;

insert into crm.file_version (
    shop, kind, source_file, content_hash, business_date, known_on, status, lines_read, lines_published, lines_rejected
)
select
    'bench', 'orders', 'orders_' || cast(day as date) || '.csv', cast(day as text), cast(day as date), cast(day as date),
    'published', 27000, 25000, 2000
from generate_series(cast(%(last)s as date) - 365, cast(%(last)s as date), interval '1 day') as day;

insert into crm.rejected_row (file_version_id, row_number, reason, column_name, raw)
select f.file_version_id, n, (array['unknown currency', 'no order id', 'no date'])[1 + n %% 3], 'Order ID', '{"n": 1}'
from crm.file_version as f
cross join generate_series(1, 2000) as n
where f.business_date > cast(%(last)s as date) - 30;

insert into crm.response (
    customer_id, provider, event_id, campaign, occasion, instance, wave, channel, message_id, contact_key, kind,
    occurred_at, known_on
)
select
    m.customer_id, 'sendgrid', m.message_id || kind, m.campaign, m.occasion, m.instance, m.wave, m.channel, m.message_id,
    m.contact_key, kind, m.accepted_at, m.send_date
from crm.message as m
cross join unnest(array['delivered', 'opened']) as kind
where m.send_date = (select max(send_date) from crm.message) and (kind = 'delivered' or abs(m.customer_id %% 4) = 1);

insert into crm.coupon (
    customer_id, campaign, occasion, business_date, code, threshold, value, currency, starts_on, expires_on
)
select
    customer_id, campaign, occasion, business_date, upper(left(md5(customer_id || occasion), 12)), 50, 5, 'USD', send_date,
    send_date + 14
from crm.decision
where send_date = (select max(send_date) from crm.message) and decision = 'include' and abs(customer_id %% 4) = 1;

insert into crm.declaration (declaration_hash, campaign, kind, body, first_used_on)
select campaign, campaign, 'holiday', E'campaign: ' || campaign || E'\ntitle: {en: Title}\n', cast(%(last)s as date) - 300
from unnest(array['birthday', 'black_friday', 'repurchase', 'thanksgiving', 'winter']) as campaign;

insert into crm.collected_wave (
    campaign, occasion, wave, send_date, kind, business_date, goal, epoch, declaration_hash, customers, first_send_at,
    last_send_at
)
select
    campaign, 'of-' || year, 'main', day, 'holiday', day - 1, 'any_order', 'of-' || year, campaign, 1000000, day, day
from unnest(array['black_friday', 'repurchase', 'thanksgiving', 'winter']) as campaign
cross join generate_series(2011, 2016) as year
cross join lateral (select make_date(year, 11, 20) as day) as sent;

insert into crm.result (
    campaign, kind, occasion, wave, period, goal, window_days, version, is_primary, status, treated, control,
    treated_converted, control_converted, treated_rate, control_rate, difference, low, high, p_value, naive_revenue,
    incremental_revenue, revenue_low, revenue_high, revenue_cap, revenue_uncapped, uncapped_reliable, sample_ratio_p, as_of,
    reason, dimension, dimension_value, accepted, delivered, opened, clicked, treated_orders, control_orders,
    control_revenue, treated_refunds, control_refunds, sending_cost, coupon_cost, baseline_rate, relative_lift, relative_low,
    relative_high, p_adjusted, detectable_effect, difference_delivered, incremental_orders, orders_low, orders_high,
    revenue_unadjusted, revenue_unadjusted_low, revenue_unadjusted_high, variance_explained, margin, profit, profit_low,
    profit_high, roi, last_touch_orders, last_touch_revenue, coupon_orders, coupon_revenue
)
select
    campaign, 'holiday', 'of-' || year, 'main', '', 'any_order', days, version, days = 10 and dimension = 'all', 'ok',
    800000, 200000, 410000 + year, 100000, 0.5125, 0.5, 0.0125 * days / 10, 0.01 * days / 10, 0.015 * days / 10, 0.001,
    61243170, 800000 + year * days, 400000, 1200000, 268.4, 810000, true, 0.71, make_date(year, 12, 21) + version,
    'window closed', dimension, dimension_value, 790000, 780000, 200000, 50000, 480000, 110000, 14610200, 12000, 3000, 800,
    31000, 0.5, 0.025, 0.02, 0.03, case when dimension <> 'all' then 0.04 end, 0.004, 0.0128, 9000, 7000, 11000, 790000,
    380000, 1210000, 0.31, 0.3, 210000, 90000, 330000, 6.6, 390000, 55120900, 74000, 3120400
from unnest(array['black_friday', 'repurchase', 'thanksgiving', 'winter']) as campaign
cross join generate_series(2011, 2016) as year
cross join unnest(array[2, 3, 10, 30]) as days
cross join generate_series(1, 2) as version
cross join (
    select 'all' as dimension, '' as dimension_value
    union all
    select 'segment', segment from crm.segment
    union all
    select 'tier', tier from unnest(array['base', 'silver', 'gold', 'platinum']) as tier
    union all
    select 'channel', channel from unnest(array['email', 'sms']) as channel
    union all
    select 'variant', variant from unnest(array['a', 'b']) as variant
) as part;

insert into crm.variant_result (
    campaign, kind, occasion, wave, period, goal, window_days, variant, reference, version, is_primary, assignment, status,
    customers, reference_customers, converted, reference_converted, rate, reference_rate, difference, low, high, p_value,
    p_adjusted, probability_better, detectable_effect, revenue_difference, revenue_low, revenue_high, as_of, reason
)
select
    campaign, kind, occasion, wave, period, goal, window_days, 'b', 'a', version, true, 'randomised', 'ok', 400000, 400000,
    205000, 204000, 0.5125, 0.51, 0.0025, 0.0003, 0.0047, 0.02, 0.02, 0.98, 0.003, 0.8, -1.9, 3.5, as_of, reason
from crm.result
where is_primary and version = 1;

insert into crm.suppression (contact_key, channel, reason, occurred_at, known_on, source)
select email_key, 'email', 'opt_out', '2017-01-01', '2017-01-01', 'bench'
from crm.customer_profile
where abs(customer_id %% 40) = 3
