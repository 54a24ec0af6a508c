-- Customers: who they are (with validity dates), where they stand, and how their state moved.
create table crm.customer (
    customer_id bigint primary key,
    shop text not null,
    external_id text not null,
    is_anonymous boolean not null default false,
    known_on date not null
);
comment on table crm.customer is 'Everybody who bought or was delivered in a customer file. Distributed by customer_id.';
comment on column crm.customer.customer_id is 'crm.key64(shop, external_id).';
comment on column crm.customer.shop is 'Shop.';
comment on column crm.customer.external_id is 'The shop''s own customer id; "" for the anonymous customer.';
comment on column crm.customer.is_anonymous is 'Holds order lines without a buyer: counts for the shop, never for a person.';
comment on column crm.customer.known_on is 'Business date from which the customer was known.';

create table crm.customer_profile (
    customer_id bigint not null,
    valid_from date not null,
    valid_to date,
    name text,
    email text,
    mobile text,
    email_key uuid,
    mobile_key uuid,
    country text,
    region text,
    time_zone text,
    locale text,
    birthday date,
    birthday_calendar text check (birthday_calendar in ('solar', 'lunar')),
    birthday_has_year boolean not null default true,
    age smallint,
    sex text check (sex in ('female', 'male', 'other')),
    gift_buyer boolean,
    fake_orders boolean not null default false,
    preferred_channel text check (preferred_channel in ('email', 'sms')),
    tags jsonb not null default '{}',
    invented boolean not null default false,
    email_masked boolean not null default false,
    mobile_masked boolean not null default false,
    file_version_id bigint not null,
    confirmed_on date,
    primary key (customer_id, valid_from)
);
create index customer_profile_birthday on crm.customer_profile (
    (extract(month from birthday) * 100 + extract(day from birthday))
) where birthday is not null;
create index customer_profile_email on crm.customer_profile (email_key) where valid_to is null;
create index customer_profile_mobile on crm.customer_profile (mobile_key) where valid_to is null;
comment on table crm.customer_profile is 'Personal data with the dates between which we knew it so; current: valid_to is null. The only home of personal data. Distributed by customer_id.';
comment on column crm.customer_profile.customer_id is 'Customer.';
comment on column crm.customer_profile.valid_from is 'Business date from which this was known.';
comment on column crm.customer_profile.valid_to is 'Business date from which something newer was known; null = current.';
comment on column crm.customer_profile.name is 'Name as it is to be addressed.';
comment on column crm.customer_profile.email is 'Normalised e-mail; null where missing, masked or malformed.';
comment on column crm.customer_profile.mobile is 'Mobile in E.164; null where missing, masked or malformed.';
comment on column crm.customer_profile.email_key is 'crm.contact_key(''email'', email).';
comment on column crm.customer_profile.mobile_key is 'crm.contact_key(''sms'', mobile).';
comment on column crm.customer_profile.country is 'ISO 3166 country.';
comment on column crm.customer_profile.region is 'Region (state, province) as the shop names it.';
comment on column crm.customer_profile.time_zone is 'IANA time zone; null = the business''s.';
comment on column crm.customer_profile.locale is 'zh-CN or en; null = the business''s.';
comment on column crm.customer_profile.birthday is 'Birthday; year 1904 where the year is unknown.';
comment on column crm.customer_profile.birthday_calendar is 'solar or lunar.';
comment on column crm.customer_profile.birthday_has_year is 'False where only month and day are known.';
comment on column crm.customer_profile.age is 'Age in years as delivered.';
comment on column crm.customer_profile.sex is 'female, male or other.';
comment on column crm.customer_profile.gift_buyer is 'Buys for others.';
comment on column crm.customer_profile.fake_orders is 'Account that places fake orders: excluded everywhere.';
comment on column crm.customer_profile.preferred_channel is 'Channel that the customer prefers.';
comment on column crm.customer_profile.tags is 'Tags by name.';
comment on column crm.customer_profile.invented is 'Invented for the demo, not delivered by a shop.';
comment on column crm.customer_profile.email_masked is 'The shop delivered an e-mail address with asterisks: there is one, but not for us.';
comment on column crm.customer_profile.mobile_masked is 'The shop delivered a mobile with asterisks.';
comment on column crm.customer_profile.file_version_id is 'File version that told us.';
comment on column crm.customer_profile.confirmed_on is 'Latest business date whose file said the same again: a file of an earlier date changes nothing any more.';

create table crm.consent (
    customer_id bigint not null,
    channel text not null check (channel in ('email', 'sms')),
    valid_from date not null,
    valid_to date,
    granted boolean not null,
    source text,
    given_at timestamptz,
    file_version_id bigint not null,
    confirmed_on date,
    primary key (customer_id, channel, valid_from)
);
comment on table crm.consent is 'Consent per channel with the dates between which we knew it so. No row = no consent. Distributed by customer_id.';
comment on column crm.consent.customer_id is 'Customer.';
comment on column crm.consent.channel is 'email or sms.';
comment on column crm.consent.valid_from is 'Business date from which this was known.';
comment on column crm.consent.valid_to is 'Business date from which something newer was known; null = current.';
comment on column crm.consent.granted is 'True = may be written to.';
comment on column crm.consent.source is 'Where the customer said so.';
comment on column crm.consent.given_at is 'When the customer said so.';
comment on column crm.consent.file_version_id is 'File version that told us.';
comment on column crm.consent.confirmed_on is 'Latest business date whose file said the same again: a file of an earlier date changes nothing any more.';

create table crm.suppression (
    contact_key uuid not null,
    channel text not null check (channel in ('email', 'sms', 'all')),
    reason text not null check (reason in ('opt_out', 'complaint', 'bounce')),
    occurred_at timestamptz not null,
    known_on date not null,
    source text not null,
    primary key (contact_key, channel, reason)
);
comment on table crm.suppression is 'Addresses that are never written to again: nothing deletes a row. Reference table.';
comment on column crm.suppression.contact_key is 'Key of the address.';
comment on column crm.suppression.channel is 'email, sms or all.';
comment on column crm.suppression.reason is 'opt_out, complaint or bounce.';
comment on column crm.suppression.occurred_at is 'When it happened.';
comment on column crm.suppression.known_on is 'Business date whose delivery told us.';
comment on column crm.suppression.source is 'Import, provider event or page.';

create index customer_anonymous on crm.customer (customer_id) where is_anonymous;
create index customer_profile_fake on crm.customer_profile (customer_id) where fake_orders;
create index refund_by_day on crm.refund (customer_id, refunded_on);

create table crm.refresh_queue (
    customer_id bigint primary key,
    changed_from date not null
);
comment on table crm.refresh_queue is 'Customers whose facts changed since the last refresh; written when facts are published, emptied by the refresh. Distributed by customer_id.';
comment on column crm.refresh_queue.customer_id is 'Customer.';
comment on column crm.refresh_queue.changed_from is 'Earliest date of order or refund that changed.';

create table crm.customer_state (
    customer_id bigint primary key,
    as_of date not null,
    next_change_on date,
    measures_change_on date,
    base_through date,
    base_order_count integer not null default 0,
    base_net_revenue numeric(18, 4) not null default 0,
    first_order_on date,
    last_order_on date,
    order_count integer not null,
    net_revenue numeric(18, 4) not null,
    average_order_value numeric(18, 4),
    median_interval_days numeric(9, 2),
    recency_days integer,
    frequency integer not null,
    monetary numeric(18, 4) not null,
    recency_score smallint,
    frequency_score smallint,
    monetary_score smallint,
    segment text,
    tier text not null,
    stage text not null,
    breakpoints_on date
);
create index customer_state_next_change on crm.customer_state (next_change_on);
comment on table crm.customer_state is 'Where each buyer stands now. One row per customer with a paid order or a refund; accounts that place fake orders and the anonymous customer have none. Distributed by customer_id.';
comment on column crm.customer_state.customer_id is 'Customer.';
comment on column crm.customer_state.as_of is 'Business date of the refresh that last recomputed the row; recency_days is as of its end.';
comment on column crm.customer_state.next_change_on is 'First business date on which the row changes by the passing of time alone (recency score, stage, an order leaving the window).';
comment on column crm.customer_state.measures_change_on is 'First business date on which F or M change by the passing of time alone: an order or refund leaves the window.';
comment on column crm.customer_state.base_through is 'Facts up to here (one window before the last purchase) are folded into the base columns, so that a refresh reads recent ones alone; null = nothing folded.';
comment on column crm.customer_state.base_order_count is 'Purchases up to base_through.';
comment on column crm.customer_state.base_net_revenue is 'Net revenue up to base_through; reporting currency.';
comment on column crm.customer_state.first_order_on is 'Date of the first purchase.';
comment on column crm.customer_state.last_order_on is 'Date of the last purchase.';
comment on column crm.customer_state.order_count is 'Purchases ever: paid orders with something left after refunds.';
comment on column crm.customer_state.net_revenue is 'Paid ever, net of refunds; reporting currency.';
comment on column crm.customer_state.average_order_value is 'net_revenue / order_count; reporting currency.';
comment on column crm.customer_state.median_interval_days is 'Median days between purchase days of the window that ends with the last purchase; null below two purchase days.';
comment on column crm.customer_state.recency_days is 'R: days from the last purchase to as_of.';
comment on column crm.customer_state.frequency is 'F: purchases within the window.';
comment on column crm.customer_state.monetary is 'M: paid within the window, net of refunds; reporting currency.';
comment on column crm.customer_state.recency_score is 'Score of R; null while there are too few buyers.';
comment on column crm.customer_state.frequency_score is 'Score of F.';
comment on column crm.customer_state.monetary_score is 'Score of M.';
comment on column crm.customer_state.segment is 'One of the eight classic segments (crm.segment); null without scores.';
comment on column crm.customer_state.tier is 'Member tier by net_revenue (business settings).';
comment on column crm.customer_state.stage is 'Lifecycle: prospect, new, active, lapsing or lapsed.';
comment on column crm.customer_state.breakpoints_on is 'Calibration date of the breakpoints in force.';

create table crm.customer_history (
    customer_id bigint not null,
    valid_from date not null,
    valid_to date,
    recency_score smallint,
    frequency_score smallint,
    monetary_score smallint,
    segment text,
    tier text not null,
    stage text not null,
    primary key (customer_id, valid_from)
);
comment on table crm.customer_history is 'Changes of scores, segment, tier and stage as they were known that day; never rewritten backwards. Distributed by customer_id.';
comment on column crm.customer_history.customer_id is 'Customer.';
comment on column crm.customer_history.valid_from is 'Business date from which it was so.';
comment on column crm.customer_history.valid_to is 'Business date from which it was otherwise; null = still so.';
comment on column crm.customer_history.recency_score is 'Score of R.';
comment on column crm.customer_history.frequency_score is 'Score of F.';
comment on column crm.customer_history.monetary_score is 'Score of M.';
comment on column crm.customer_history.segment is 'Segment.';
comment on column crm.customer_history.tier is 'Member tier.';
comment on column crm.customer_history.stage is 'Lifecycle stage.';

create table crm.segment (
    segment text primary key,
    label_en text not null,
    label_zh text not null,
    recency_high boolean not null,
    frequency_high boolean not null,
    monetary_high boolean not null
);
comment on table crm.segment is 'The eight classic RFM segments. Reference table.';
comment on column crm.segment.segment is 'Code.';
comment on column crm.segment.label_en is 'English label.';
comment on column crm.segment.label_zh is 'Chinese label.';
comment on column crm.segment.recency_high is 'Bought recently.';
comment on column crm.segment.frequency_high is 'Buys often.';
comment on column crm.segment.monetary_high is 'Spends much.';
insert into crm.segment (segment, label_en, label_zh, recency_high, frequency_high, monetary_high) values
('important_value', 'Important: value', '重要价值客户', true, true, true),
('important_develop', 'Important: develop', '重要发展客户', true, false, true),
('important_keep', 'Important: keep', '重要保持客户', false, true, true),
('important_win_back', 'Important: win back', '重要挽留客户', false, false, true),
('general_value', 'General: value', '一般价值客户', true, true, false),
('general_develop', 'General: develop', '一般发展客户', true, false, false),
('general_keep', 'General: keep', '一般保持客户', false, true, false),
('general_win_back', 'General: win back', '一般挽留客户', false, false, false);

create table crm.refresh (
    as_of date primary key,
    settings text not null,
    breakpoints_on date,
    cycles_on date
);
comment on table crm.refresh is 'Business dates as of which states were refreshed. Local table.';
comment on column crm.refresh.as_of is 'Business date as of whose end the states are.';
comment on column crm.refresh.settings is 'MD5 of the settings that states depend on: when it changes, everybody is computed anew.';
comment on column crm.refresh.breakpoints_on is 'Calibration of the breakpoints in force; null while there are too few buyers.';
comment on column crm.refresh.cycles_on is 'Calibration of the repurchase cycles in force.';

create table crm.rfm_breakpoints (
    calibrated_on date not null,
    measure text not null check (measure in ('recency', 'frequency', 'monetary')),
    score smallint not null,
    upper_bound numeric(18, 4),
    method text not null,
    window_days integer,
    buyers bigint not null,
    primary key (calibrated_on, measure, score)
);
comment on table crm.rfm_breakpoints is 'Breakpoints by calibration date: a value gets the score of the smallest upper bound that it does not exceed. Local table.';
comment on column crm.rfm_breakpoints.calibrated_on is 'Business date as of which they were calibrated.';
comment on column crm.rfm_breakpoints.measure is 'recency, frequency or monetary.';
comment on column crm.rfm_breakpoints.score is 'Score of the values up to the bound.';
comment on column crm.rfm_breakpoints.upper_bound is 'Inclusive upper bound (days, purchases, reporting currency); null = no bound.';
comment on column crm.rfm_breakpoints.method is 'quantiles, fixed or mean.';
comment on column crm.rfm_breakpoints.window_days is 'Window of the measures in days; null = lifetime.';
comment on column crm.rfm_breakpoints.buyers is 'Buyers that they were calibrated on.';

create table crm.repurchase_cycle (
    calibrated_on date not null,
    level text not null check (level in ('shop', 'category', 'product')),
    item_key text not null,
    cycle_days numeric(9, 2),
    intervals bigint not null,
    open_intervals bigint not null,
    customers bigint not null,
    repeat_share numeric(6, 5) not null,
    expected_value numeric(18, 4),
    own_cycle_days numeric(9, 2),
    borrowed_cycle_days numeric(9, 2),
    borrowed_intervals bigint,
    own_weight numeric(6, 5) not null default 1,
    primary key (calibrated_on, level, item_key)
);
comment on table crm.repurchase_cycle is 'Days to the next purchase by calibration date: Kaplan-Meier median with open intervals censored, a product''s shrunk towards its category''s. Reference table.';
comment on column crm.repurchase_cycle.calibrated_on is 'Business date as of which it was estimated.';
comment on column crm.repurchase_cycle.level is 'shop, category or product.';
comment on column crm.repurchase_cycle.item_key is '"" for the shop, the category path, or the product_id as text.';
comment on column crm.repurchase_cycle.cycle_days is 'The cycle that counts: exp(own_weight * ln(own_cycle_days) + (1 - own_weight) * ln(borrowed_cycle_days)); null = no cycle.';
comment on column crm.repurchase_cycle.intervals is 'Closed intervals (n).';
comment on column crm.repurchase_cycle.open_intervals is 'Intervals still open at calibration, right-censored.';
comment on column crm.repurchase_cycle.customers is 'Buyers.';
comment on column crm.repurchase_cycle.repeat_share is 'Share of the buyers who bought it on a second day.';
comment on column crm.repurchase_cycle.expected_value is 'Average paid on a purchase day of it; reporting currency.';
comment on column crm.repurchase_cycle.own_cycle_days is 'Median of its own intervals; null where less than half ever come back.';
comment on column crm.repurchase_cycle.borrowed_cycle_days is 'The category''s own median, where a product borrowed it.';
comment on column crm.repurchase_cycle.borrowed_intervals is 'Closed intervals that the borrowed median stands on.';
comment on column crm.repurchase_cycle.own_weight is 'Share of the own median: n / (n + repurchase.half_weight_intervals); 1 where nothing was borrowed.';

create table crm.repurchase_rhythm (
    customer_id bigint not null,
    level text not null check (level in ('category', 'product')),
    item_key text not null,
    valid_from date not null,
    valid_to date,
    cycle_days numeric(9, 2) not null,
    intervals integer not null check (intervals >= 4),
    last_bought_on date not null,
    expected_on date not null,
    primary key (customer_id, level, item_key, valid_from)
);
create index repurchase_rhythm_expected on crm.repurchase_rhythm (level, expected_on);
comment on table crm.repurchase_rhythm is 'A customer''s own rhythm with a product or category bought on at least five days, as of the calibrations between two dates. Distributed by customer_id.';
comment on column crm.repurchase_rhythm.customer_id is 'Customer.';
comment on column crm.repurchase_rhythm.level is 'category or product.';
comment on column crm.repurchase_rhythm.item_key is 'Item, as in crm.repurchase_cycle.';
comment on column crm.repurchase_rhythm.valid_from is 'Calibration from which it was so.';
comment on column crm.repurchase_rhythm.valid_to is 'Calibration from which it was otherwise; null = still so.';
comment on column crm.repurchase_rhythm.cycle_days is 'Median days between the customer''s own purchase days of the item.';
comment on column crm.repurchase_rhythm.intervals is 'Intervals that it is the median of.';
comment on column crm.repurchase_rhythm.last_bought_on is 'Last purchase day of the item that was known at valid_from.';
comment on column crm.repurchase_rhythm.expected_on is 'last_bought_on plus cycle_days, rounded.';
