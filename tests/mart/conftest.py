"""A small shop, written straight into the tables: versions, refunds, an anonymous buyer, a rejected row, a result."""

from __future__ import annotations

import pytest

#: What a person could be found by: none of it may appear in any view of ``mart``.
PERSONAL = ("Wang Fang", "fang@example.com", "+8613800138000", "buyer-4711", "1990-02-28", "old@example.com")

SHOP = """
insert into crm.shop values ('tao', 'taobao_orders', 'Asia/Shanghai');
insert into crm.delivery (shop, business_date) values ('tao', '2017-11-19'), ('tao', '2017-11-20');
insert into crm.refresh values ('2017-11-19', 's', null, null), ('2017-11-20', 's', null, null);
insert into crm.housekeeping values ('outbox', '2017-11-20', '2017-05-24', 12);
insert into crm.customer_suppression (customer_id, channel, reason, occurred_at, known_on, source) values
    (1, 'sms', 'opt_out', '2017-11-19 10:00+00', '2017-11-20', 'desk');
insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status, lines_read,
    lines_published, lines_rejected)
values
('tao', 'orders', '2017-11-19.csv', 'a', '2017-11-19', '2017-11-19', 'published', 6, 6, 0),
('tao', 'orders', '2017-11-20.csv', 'b', '2017-11-20', '2017-11-20', 'published', 3, 2, 1);
insert into crm.rejected_row (file_version_id, row_number, reason, column_name, raw)
values (2, 3, 'amount_missing', 'amount', '{"buyer": "Wang Fang", "mail": "fang@example.com"}');

insert into crm.customer values
(1, 'tao', 'buyer-4711', false, '2017-11-19'),
(2, 'tao', 'buyer-4712', false, '2017-11-19'),
(3, 'tao', '', true, '2017-11-19');
insert into crm.customer_profile (customer_id, valid_from, valid_to, name, email, mobile, email_key, mobile_key,
    country, region, birthday, file_version_id)
values
(1, '2017-11-19', '2017-11-20', 'Wang F', 'old@example.com', null, crm.contact_key('email', 'old@example.com'), null,
    'CN', 'Hunan', null, 1),
(1, '2017-11-20', null, 'Wang Fang', 'fang@example.com', '+8613800138000',
    crm.contact_key('email', 'fang@example.com'), crm.contact_key('sms', '+8613800138000'),
    'CN', 'Hubei', '1990-02-28', 2);
insert into crm.consent (customer_id, channel, valid_from, valid_to, granted, file_version_id) values
(1, 'email', '2017-11-19', '2017-11-20', false, 1), (1, 'email', '2017-11-20', null, true, 2);
insert into crm.product values
(70, '2017-11-01', '2017-11-19', 'tao', 'p70', 'Old name', 'Dresses', 10, 4, null, 1),
(70, '2017-11-19', null, 'tao', 'p70', 'Red dress', 'Dresses', 12, 4, 'profit', 1);

-- Order 10 came twice: 100.10 on the 19th, 90.05 as corrected on the 20th. 13 was never paid, 14 was cancelled, 15 was
-- wholly refunded, without a refund of its own.
insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at, ordered_on,
    business_date, line_count, quantity, amount, known_on, known_until)
values
(1, 10, 1, 'tao', 'o10', 'paid', '2017-11-19 04:00Z', '2017-11-19', '2017-11-19', 2, 3, 100.10, '2017-11-19',
    '2017-11-20'),
(1, 10, 2, 'tao', 'o10', 'paid', '2017-11-19 04:00Z', '2017-11-19', '2017-11-20', 2, 2, 90.05, '2017-11-20', null),
(2, 11, 1, 'tao', 'o11', 'completed', '2017-11-19 05:00Z', '2017-11-19', '2017-11-19', 1, 1, 0.33, '2017-11-19', null),
(3, 12, 1, 'tao', 'o12', 'shipped', '2017-11-20 05:00Z', '2017-11-20', '2017-11-20', 1, 1, 7.7777, '2017-11-20', null),
(2, 13, 1, 'tao', 'o13', 'unpaid', '2017-11-20 05:00Z', '2017-11-20', '2017-11-20', 1, 1, 55, '2017-11-20', null),
(2, 14, 1, 'tao', 'o14', 'cancelled', '2017-11-20 05:00Z', '2017-11-20', '2017-11-20', 1, 1, 44, '2017-11-20', null),
(2, 15, 1, 'tao', 'o15', 'refunded', '2017-11-20 05:00Z', '2017-11-20', '2017-11-20', 1, 1, 33, '2017-11-20', null);
insert into crm.order_line (customer_id, order_key, line_number, file_version_id, product_id, quantity, amount) values
(1, 10, 1, 1, 70, 2, 60.10), (1, 10, 2, 1, 70, 1, 40.00),
(1, 10, 1, 2, 70, 1, 50.05), (1, 10, 2, 2, 70, 1, 40.00),
(2, 11, 1, 1, 70, 1, 0.33), (3, 12, 1, 1, 70, 1, 7.7777), (2, 13, 1, 1, 70, 1, 55), (2, 14, 1, 1, 70, 1, 44),
(2, 15, 1, 1, 70, 1, 33);
-- Of order 10, 20.02 came back (first reported as 30); of the cancelled one, all; and 5 without any order.
insert into crm.refund (customer_id, refund_key, file_version_id, shop, refund_id, order_key, amount, refunded_at,
    refunded_on, business_date, known_on, known_until)
values
(1, 20, 1, 'tao', 'r20', 10, 30, '2017-11-19 20:00Z', '2017-11-20', '2017-11-19', '2017-11-19', '2017-11-20'),
(1, 20, 2, 'tao', 'r20', 10, 20.02, '2017-11-19 20:00Z', '2017-11-20', '2017-11-20', '2017-11-20', null),
(2, 21, 2, 'tao', 'r21', 14, 44, '2017-11-20 20:00Z', '2017-11-21', '2017-11-20', '2017-11-20', null),
(2, 22, 2, 'tao', 'r22', null, 5, '2017-11-20 20:00Z', '2017-11-21', '2017-11-20', '2017-11-20', null);

insert into crm.customer_state (customer_id, as_of, first_order_on, last_order_on, order_count, net_revenue,
    average_order_value, recency_days, frequency, monetary, recency_score, frequency_score, monetary_score, segment,
    tier, stage)
values
(1, '2017-11-19', '2017-11-19', '2017-11-19', 1, 70.03, 70.03, 0, 1, 70.03, 5, 1, 5, 'important_develop', 'base',
    'new');
insert into crm.customer_history (customer_id, valid_from, valid_to, segment, tier, stage) values
(1, '2017-11-19', null, 'important_develop', 'base', 'new');
insert into crm.customer_list (list, version, shop, valid_to, uploaded_by, content_hash, lines, customers, unknown)
values ('vips', 1, 'tao', '2017-11-20', 'olive', 'h1', 3, 2, 1), ('vips', 2, 'tao', null, 'olive', 'h2', 4, 3, 0);
insert into crm.repurchase_cycle values
('2017-11-01', 'product', '70', 9, 5, 5, 8, 0.5, 9), ('2017-11-19', 'product', '70', 10, 6, 5, 9, 0.5, 9);

insert into crm.decision (customer_id, campaign, occasion, kind, business_date, send_date, occasion_date, priority,
    decision, channel, contact_key, assignment_key, epoch, salt, arm, goal, planned_send_at, send_by, cut_off_at,
    declaration_hash)
values (1, 'thanksgiving', 'thanksgiving-2017', 'holiday', '2017-11-20', '2017-11-21', '2017-11-23', 2, 'include',
    'email', crm.contact_key('email', 'fang@example.com'), crm.contact_key('email', 'fang@example.com'), '2017', 'salt',
    'treatment', 'any_order', '2017-11-21 02:00Z', '2017-11-21 12:00Z', '2017-11-20 16:00Z', 'hash');
insert into crm.message (customer_id, campaign, occasion, channel, message_id, batch_id, contact_key, send_date,
    planned_send_at, send_by, locale, provider)
values (1, 'thanksgiving', 'thanksgiving-2017', 'email', 'm1', 1, crm.contact_key('email', 'fang@example.com'),
    '2017-11-21', '2017-11-21 02:00Z', '2017-11-21 12:00Z', 'zh-CN', 'outbox');
insert into crm.response (customer_id, provider, event_id, campaign, occasion, instance, wave, channel, message_id,
    contact_key, kind, occurred_at, known_on)
values (1, 'sendgrid', 'e1', 'thanksgiving', 'thanksgiving-2017', '', 'main', 'email', 'm1',
    crm.contact_key('email', 'fang@example.com'), 'delivered', '2017-11-21 02:01Z', '2017-11-20');
insert into crm.coupon (customer_id, campaign, occasion, business_date, code, threshold, value, currency, starts_on,
    expires_on, exported_at)
values
(1, 'deal', '2017', '2017-11-18', 'REDEEMABLE-1', 50, 5, 'USD', '2017-11-19', '2017-11-19', null),
(2, 'deal', '2017', '2017-11-18', 'REDEEMABLE-2', 40, 4, 'USD', '2017-11-19', '2017-11-19', null),
(3, 'deal', '2017', '2017-11-18', 'REDEEMABLE-3', 60, 6, 'USD', '2017-11-19', '2017-11-20', '2017-11-18 12:00Z');
insert into crm.coupon_use values
(1, 'REDEEMABLE-1', 11, 1, 'redeemed', 2, '2017-11-19 05:00Z', '2017-11-19'),
(1, 'REDEEMABLE-1', 12, 1, 'repeated', 1, '2017-11-20 05:00Z', '2017-11-20');
insert into crm.result (campaign, kind, occasion, wave, period, goal, window_days, version, is_primary, status, treated,
    control, treated_converted, control_converted, naive_revenue, as_of, reason)
values
('thanksgiving', 'holiday', 'thanksgiving-2017', 'main', '', 'any_order', 10, 1, true, 'open', 800, 200, 5, 1, 50,
    '2017-11-25', 'first'),
('thanksgiving', 'holiday', 'thanksgiving-2017', 'main', '', 'any_order', 10, 2, true, 'ok', 800, 200, 50, 10, 500,
    '2017-12-05', 'window closed');
insert into crm.result (campaign, kind, occasion, wave, period, goal, window_days, version, is_primary, status, treated,
    control, treated_converted, control_converted, naive_revenue, as_of, reason, dimension, dimension_value)
select 'thanksgiving', 'holiday', 'thanksgiving-2017', 'main', '', 'any_order', 10, v, false, 'ok', 400, 100, 25, v,
    250, '2017-12-05', 'window closed', 'tier', 'gold'
from generate_series(1, 2) as v;
insert into crm.imported_campaign
select 'spring', '2016', v, 'letters', 'campaign: {value: spring}', 'm', 'letters.csv', 'h' || v, 'observational', 600,
    '{10, 30}', '2016-03-01Z', '2016-03-01Z', '2016-04-30'
from generate_series(1, 2) as v;
insert into crm.variant_result (campaign, kind, occasion, wave, period, goal, window_days, variant, reference, version,
    is_primary, assignment, status, customers, reference_customers, converted, reference_converted, as_of, reason)
select 'thanksgiving', 'holiday', 'thanksgiving-2017', 'main', '', 'any_order', 10, 'b', 'a', v, true, 'randomised',
    'ok', 400, 400, 25, v, '2017-12-05', 'first'
from generate_series(1, 2) as v;
insert into crm.declaration (declaration_hash, campaign, kind, body, first_used_on) values
('hash0', 'thanksgiving', 'holiday', 'name: thanksgiving', '2017-11-18'),
('hash', 'thanksgiving', 'holiday', 'name: thanksgiving # mended', '2017-11-20'),
('hash1', 'winter', 'seasonal', 'name: winter', '2017-11-20');
insert into crm.decision_count values
('thanksgiving', 'thanksgiving-2017', 'main', '2017-11-20', '2017-11-21', 'holiday', 'include', '', 800),
('thanksgiving', 'thanksgiving-2017', 'main', '2017-11-20', '2017-11-21', 'holiday', 'hold_out', '', 200),
('thanksgiving', 'thanksgiving-2017', 'main', '2017-11-20', '2017-11-21', 'holiday', 'exclude', 'no_consent', 30),
('thanksgiving', 'thanksgiving-2017', 'main', '2017-11-20', '2017-11-21', 'holiday', 'exclude', 'capped', 10);
insert into crm.standing_size values
('2017-11-19', 'segment', 'important_develop', 1, 70.03), ('2017-11-19', 'tier', 'base', 1, 70.03),
('2017-11-20', 'segment', 'important_develop', 3, 300), ('2017-11-20', 'segment', 'none', 1, 0.33),
('2017-11-20', 'tier', 'base', 4, 300.33);
insert into crm.standing_move values
(7, 'segment', 'important_develop', 'important_develop', '2017-11-20', 3),
(7, 'segment', 'important_develop', 'none', '2017-11-20', 1),
(7, 'segment', 'new', 'none', '2017-11-20', 2), (7, 'tier', 'base', 'base', '2017-11-20', 4);
insert into crm.indicator_refresh values ('2017-11-20', 's');
insert into crm.shop_indicator values
('tao', '2017-11-20', 1, '2017-11-20', 3, 2, 1, 40.7777, 33, 7.7777, 7.7777, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, false),
('tao', '2017-11-20', 2, '2017-11-21', 4, 2, 1, 40.7777, 33, 7.7777, 7.7777, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, false);
insert into crm.cohort values ('tao', '2017-11', '2017-11', 1, 1, 70.03), ('tao', '', '2017-11', 0, 1, 7.7777);
insert into crm.campaign_step values
('thanksgiving', 'thanksgiving-2017', 'main', '', true, 'holiday', 10, '2017-12-05', false, 800, 790, 780, 300, 60, 50,
    20, 55, 500),
('thanksgiving', 'thanksgiving-2017', 'main', '', false, 'holiday', 10, '2017-12-05', false, 200, 0, 0, 0, 0, 10, 0, 10,
    90);
insert into crm.campaign_basket values
('thanksgiving', 'thanksgiving-2017', 'main', '', true, 'Dresses', 50, 55, 60, 500, 20);
insert into crm.campaign_entry values
('thanksgiving', 'thanksgiving-2017', 'main', '', true, 'app', 'thanksgiving', true, 50, 55, 500);
"""


@pytest.fixture
def personal() -> tuple[str, ...]:
    return PERSONAL


@pytest.fixture
def shop(query):
    """The seeded shop; returns the ``query`` fixture."""
    for statement in SHOP.split(";\n"):
        query(statement)
    return query
