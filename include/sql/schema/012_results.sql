-- What a campaign earned, by whom, through what and at what cost: the narrow facts that evaluation reads, and wider results.

-- One row per decision of a campaign's audience, both arms: what an evaluation groups and weighs by, fixed when the plan is
-- collected. crm.decision has six times the width, and nothing in it of what was bought before.
create table crm.assignment (
    customer_id bigint not null,
    campaign text not null,
    occasion text not null,
    instance text not null default '',
    wave text not null default 'main',
    send_date date not null,
    planned_send_at timestamptz not null,
    treated boolean not null,
    segment text not null default 'none',
    tier text not null default 'none',
    channel text not null,
    variant text not null default 'a',
    spent_before double precision not null default 0,
    primary key (customer_id, campaign, occasion, instance, wave)
);
create index assignment_by_campaign on crm.assignment (campaign, send_date);
comment on table crm.assignment is 'Who was assigned to which arm of what: one row per include or hold_out decision, never changed. Distributed by customer_id.';
comment on column crm.assignment.customer_id is 'Customer.';
comment on column crm.assignment.campaign is 'Campaign.';
comment on column crm.assignment.occasion is 'Occasion.';
comment on column crm.assignment.instance is 'Instance.';
comment on column crm.assignment.wave is 'Wave.';
comment on column crm.assignment.send_date is 'Send date of the decision.';
comment on column crm.assignment.planned_send_at is 'Where the windows of both arms start.';
comment on column crm.assignment.treated is 'Decided include; false: held out.';
comment on column crm.assignment.segment is 'RFM segment at assignment, the stratum; none = without one.';
comment on column crm.assignment.tier is 'Tier at assignment; none = without one.';
comment on column crm.assignment.channel is 'Channel, or the one that it would have been.';
comment on column crm.assignment.variant is 'Variant, or the one that it would have been.';
comment on column crm.assignment.spent_before is 'Revenue in the days before planned_send_at (evaluation.covariate_days), net of refunds, as known on the business date of the decision, at most the 99 % quantile of those of the wave who spent (evaluation.revenue_cap_quantile); reporting currency. The covariate of CUPED.';

-- What all decisions of one wave and send date have in common.
create table crm.collected_wave (
    campaign text not null,
    occasion text not null,
    wave text not null,
    send_date date not null,
    kind text not null,
    business_date date not null,
    goal text not null,
    epoch text not null,
    declaration_hash text not null,
    codes text[] not null default '{}',
    customers bigint not null,
    first_send_at timestamptz not null,
    last_send_at timestamptz not null,
    primary key (campaign, occasion, wave, send_date)
);
create index collected_wave_by_date on crm.collected_wave (send_date);
comment on table crm.collected_wave is 'Waves whose decisions are in crm.assignment, with what they have in common. Local table.';
comment on column crm.collected_wave.campaign is 'Campaign.';
comment on column crm.collected_wave.occasion is 'Occasion.';
comment on column crm.collected_wave.wave is 'Wave.';
comment on column crm.collected_wave.send_date is 'Send date.';
comment on column crm.collected_wave.kind is 'Kind of campaign.';
comment on column crm.collected_wave.business_date is 'Business date that was decided on.';
comment on column crm.collected_wave.goal is 'Declared goal.';
comment on column crm.collected_wave.epoch is 'Epoch of the arms.';
comment on column crm.collected_wave.declaration_hash is 'Declaration in force.';
comment on column crm.collected_wave.codes is 'Codes of the shop''s own that its offers name, the same for all, in capitals.';
comment on column crm.collected_wave.customers is 'Assignments, both arms.';
comment on column crm.collected_wave.first_send_at is 'Earliest planned_send_at.';
comment on column crm.collected_wave.last_send_at is 'Latest planned_send_at.';

-- An evaluation reads what it sums from conversions alone: joining three million orders for every result costs more than all
-- the rest. known_until follows crm.orders as files are collected.
alter table crm.conversion
add column amount numeric(18, 4),
add column known_on date,
add column known_until date,
add column coupon_codes text[];
update crm.conversion as c
set amount = o.amount, known_on = o.known_on, known_until = o.known_until, coupon_codes = o.coupon_codes
from crm.orders as o
where c.customer_id = o.customer_id and c.order_key = o.order_key and c.file_version_id = o.file_version_id;
delete from crm.conversion where amount is null;
alter table crm.conversion
alter column amount set not null,
alter column known_on set not null;
create index conversion_by_campaign on crm.conversion (campaign, send_date);
comment on column crm.conversion.amount is 'Amount of this version of the order, before refunds; reporting currency.';
comment on column crm.conversion.known_on is 'Business date from which this version was known.';
comment on column crm.conversion.known_until is 'Business date from which a newer version was known, as far as its file is collected; null = current.';
comment on column crm.conversion.coupon_codes is 'Coupon codes that the order names, as delivered.';

-- Plans that were collected before there were assignments are collected anew, and so evaluated anew.
update crm.collected_plan set decisions = -1;

alter table crm.result
add column dimension text not null default 'all'
check (dimension in ('all', 'segment', 'tier', 'channel', 'variant')),
add column dimension_value text not null default '',
add column assignment text not null default 'randomised' check (assignment in ('randomised', 'observational')),
add column sample_ratio_mismatch boolean not null default false,
add column accepted bigint,
add column delivered bigint,
add column opened bigint,
add column clicked bigint,
add column treated_orders bigint,
add column control_orders bigint,
add column control_revenue numeric(18, 4),
add column treated_refunds numeric(18, 4),
add column control_refunds numeric(18, 4),
add column sending_cost numeric(18, 4),
add column coupon_cost numeric(18, 4),
add column baseline_rate double precision,
add column relative_lift double precision,
add column relative_low double precision,
add column relative_high double precision,
add column p_adjusted double precision,
add column detectable_effect double precision,
add column difference_delivered double precision,
add column incremental_orders double precision,
add column orders_low double precision,
add column orders_high double precision,
add column revenue_unadjusted double precision,
add column revenue_unadjusted_low double precision,
add column revenue_unadjusted_high double precision,
add column variance_explained double precision,
add column margin double precision,
add column profit double precision,
add column profit_low double precision,
add column profit_high double precision,
add column roi double precision,
add column last_touch_orders bigint,
add column last_touch_revenue numeric(18, 4),
add column coupon_orders bigint,
add column coupon_revenue numeric(18, 4),
drop constraint result_pkey,
add primary key (campaign, occasion, wave, period, goal, window_days, dimension, dimension_value, version);
comment on column crm.result.dimension is 'all, or what the audience is divided by: segment, tier, channel or variant, as at assignment.';
comment on column crm.result.dimension_value is 'The part of the audience; "" for all. A variant''s treated are compared with every held-out customer.';
comment on column crm.result.assignment is 'randomised (held out by lot), or observational: the arms were not drawn, so a difference may be theirs and not the campaign''s.';
comment on column crm.result.sample_ratio_mismatch is 'sample_ratio_p is below 0.001: the arms are not those that were drawn; believe nothing else of the row.';
comment on column crm.result.accepted is 'Treated customers whose message the provider took within the window; null = not known (imported).';
comment on column crm.result.delivered is 'Of these, delivered within the window, as the provider reported; null = not known.';
comment on column crm.result.opened is 'Treated customers who opened within the window, machines left out; null = not known.';
comment on column crm.result.clicked is 'Treated customers who clicked within the window, machines left out; null = not known.';
comment on column crm.result.treated_orders is 'Purchases of the treated in the window of which something is left.';
comment on column crm.result.control_orders is 'Purchases of the held-out in the window of which something is left.';
comment on column crm.result.control_revenue is 'All orders of the held-out in the window, net of refunds; reporting currency.';
comment on column crm.result.treated_refunds is 'What was paid back to the treated of purchases in the window; already taken off their revenue.';
comment on column crm.result.control_refunds is 'What was paid back to the held-out of purchases in the window; already taken off their revenue.';
comment on column crm.result.sending_cost is 'Cost of the messages that the provider took within the window; reporting currency.';
comment on column crm.result.coupon_cost is 'What the treated took off by coupons of this campaign in the window; already taken off their revenue.';
comment on column crm.result.baseline_rate is 'Control rate, post-stratified: what the treated would have done unasked; null unless ok.';
comment on column crm.result.relative_lift is 'difference / baseline_rate; null unless ok.';
comment on column crm.result.relative_low is 'Lower end of its 95 % interval.';
comment on column crm.result.relative_high is 'Upper end of its 95 % interval.';
comment on column crm.result.p_adjusted is 'p_value after Benjamini-Hochberg over the parts of one dimension; null where nothing is divided.';
comment on column crm.result.detectable_effect is 'Smallest rise of the rate that these numbers show with 80 % power at two-sided 5 %: what "no effect" may hide.';
comment on column crm.result.difference_delivered is 'difference / share of the treated to whom it was delivered: the effect of a message that arrived; null = not known.';
comment on column crm.result.incremental_orders is 'Orders that the campaign brought: post-stratified difference per customer times the treated; null unless ok.';
comment on column crm.result.orders_low is 'Lower end of its 95 % interval.';
comment on column crm.result.orders_high is 'Upper end of its 95 % interval.';
comment on column crm.result.revenue_unadjusted is 'incremental_revenue without CUPED, to stand beside it; null unless ok.';
comment on column crm.result.revenue_unadjusted_low is 'Lower end of its 95 % interval.';
comment on column crm.result.revenue_unadjusted_high is 'Upper end of its 95 % interval.';
comment on column crm.result.variance_explained is 'Share of the variance of revenue that spent_before explains within strata and arms: how much CUPED narrows it (1 - this).';
comment on column crm.result.margin is 'Share of the price that is left after the goods, by which profit is counted; null: profit is counted on revenue.';
comment on column crm.result.profit is 'What is left of the incremental revenue after goods (where the margin is known), coupons and sending; reporting currency; null unless ok.';
comment on column crm.result.profit_low is 'Lower end of its 95 % interval.';
comment on column crm.result.profit_high is 'Upper end of its 95 % interval.';
comment on column crm.result.roi is 'profit / (sending_cost + coupon_cost); null where nothing was spent.';
comment on column crm.result.last_touch_orders is 'Orders in the window whose last message before them was this campaign''s: attribution, not effect. dimension all alone.';
comment on column crm.result.last_touch_revenue is 'Their revenue, net of refunds; attribution, not effect.';
comment on column crm.result.coupon_orders is 'Orders of the treated in the window that name this campaign''s coupon code: attribution, not effect. dimension all alone.';
comment on column crm.result.coupon_revenue is 'Their revenue, net of refunds; attribution, not effect.';
comment on column crm.result.incremental_revenue is 'Revenue that the holdout says the campaign earned, capped per customer, adjusted by spent_before (CUPED); reporting currency; null unless ok.';

-- Variants against each other, among the treated.
create table crm.variant_result (
    campaign text not null,
    kind text not null,
    occasion text not null,
    wave text not null,
    period text not null,
    goal text not null,
    window_days integer not null,
    variant text not null,
    reference text not null,
    version integer not null,
    is_primary boolean not null,
    assignment text not null check (assignment in ('randomised', 'observational')),
    status text not null check (status in ('open', 'not_enough', 'ok')),
    customers bigint not null,
    reference_customers bigint not null,
    converted bigint not null,
    reference_converted bigint not null,
    rate double precision,
    reference_rate double precision,
    difference double precision,
    low double precision,
    high double precision,
    p_value double precision,
    p_adjusted double precision,
    probability_better double precision,
    detectable_effect double precision,
    revenue_difference double precision,
    revenue_low double precision,
    revenue_high double precision,
    as_of date not null,
    reason text not null,
    primary key (campaign, occasion, wave, period, goal, window_days, variant, reference, version)
);
comment on table crm.variant_result is 'Variants of a campaign compared among the treated: versioned and append-only. Read once, when the window has closed (fixed horizon). Local table.';
comment on column crm.variant_result.campaign is 'Campaign.';
comment on column crm.variant_result.kind is 'Kind of campaign.';
comment on column crm.variant_result.occasion is 'Occasion; "" for pooled results.';
comment on column crm.variant_result.wave is 'Wave; "" for pooled results.';
comment on column crm.variant_result.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column crm.variant_result.goal is 'Goal that conversion is counted on.';
comment on column crm.variant_result.window_days is 'Window of w x 24 h from planned_send_at.';
comment on column crm.variant_result.variant is 'Variant.';
comment on column crm.variant_result.reference is 'Variant that it is compared with: the first declared.';
comment on column crm.variant_result.version is '1, 2, … in order of becoming known.';
comment on column crm.variant_result.is_primary is 'The declared goal in the declared primary window.';
comment on column crm.variant_result.assignment is 'randomised or observational.';
comment on column crm.variant_result.status is 'open (nothing is said before the horizon), not_enough or ok.';
comment on column crm.variant_result.customers is 'Treated customers of the variant.';
comment on column crm.variant_result.reference_customers is 'Treated customers of the reference.';
comment on column crm.variant_result.converted is 'Of customers, how many met the goal.';
comment on column crm.variant_result.reference_converted is 'Of reference_customers, how many met the goal.';
comment on column crm.variant_result.rate is 'converted / customers.';
comment on column crm.variant_result.reference_rate is 'reference_converted / reference_customers.';
comment on column crm.variant_result.difference is 'Variant minus reference, post-stratified; null unless ok.';
comment on column crm.variant_result.low is 'Lower end of its 95 % interval.';
comment on column crm.variant_result.high is 'Upper end of its 95 % interval.';
comment on column crm.variant_result.p_value is 'Two-sided p of no difference.';
comment on column crm.variant_result.p_adjusted is 'After Benjamini-Hochberg over the variants of the campaign.';
comment on column crm.variant_result.probability_better is 'Probability that the variant''s rate is the higher one (uniform priors).';
comment on column crm.variant_result.detectable_effect is 'Smallest difference that these numbers show with 80 % power at two-sided 5 %.';
comment on column crm.variant_result.revenue_difference is 'Variant minus reference, revenue per customer, capped and adjusted as in crm.result; reporting currency; null unless ok.';
comment on column crm.variant_result.revenue_low is 'Lower end of its 95 % interval.';
comment on column crm.variant_result.revenue_high is 'Upper end of its 95 % interval.';
comment on column crm.variant_result.as_of is 'Business date as of which it was evaluated.';
comment on column crm.variant_result.reason is 'Why this version was made.';

-- A result and its parts, and what people read of them.
create or replace view mart.campaign_result_versions as
select
    campaign,
    kind,
    occasion,
    wave,
    period,
    goal,
    window_days,
    version,
    version = max(version) over (partition by campaign, occasion, wave, period, goal, window_days) as is_latest,
    is_primary,
    status,
    treated,
    control,
    treated_converted,
    control_converted,
    treated_rate,
    control_rate,
    difference,
    low,
    high,
    p_value,
    naive_revenue,
    incremental_revenue,
    revenue_low,
    revenue_high,
    sample_ratio_p,
    as_of,
    reason,
    revenue_cap,
    revenue_uncapped,
    uncapped_reliable,
    assignment,
    sample_ratio_mismatch,
    accepted,
    delivered,
    opened,
    clicked,
    treated_orders,
    control_orders,
    control_revenue,
    treated_refunds,
    control_refunds,
    sending_cost,
    coupon_cost,
    baseline_rate,
    relative_lift,
    relative_low,
    relative_high,
    detectable_effect,
    difference_delivered,
    incremental_orders,
    orders_low,
    orders_high,
    revenue_unadjusted,
    revenue_unadjusted_low,
    revenue_unadjusted_high,
    variance_explained,
    margin,
    profit,
    profit_low,
    profit_high,
    roi,
    last_touch_orders,
    last_touch_revenue,
    coupon_orders,
    coupon_revenue
from crm.result
where dimension = 'all';

create or replace view mart.campaign_results as
select
    campaign,
    kind,
    occasion,
    wave,
    period,
    goal,
    window_days,
    is_primary,
    status,
    treated,
    control,
    treated_converted,
    control_converted,
    treated_rate,
    control_rate,
    difference,
    low,
    high,
    p_value,
    naive_revenue,
    incremental_revenue,
    revenue_low,
    revenue_high,
    sample_ratio_p,
    as_of,
    version,
    revenue_cap,
    revenue_uncapped,
    uncapped_reliable,
    assignment,
    sample_ratio_mismatch,
    accepted,
    delivered,
    opened,
    clicked,
    treated_orders,
    control_orders,
    control_revenue,
    treated_refunds,
    control_refunds,
    sending_cost,
    coupon_cost,
    baseline_rate,
    relative_lift,
    relative_low,
    relative_high,
    detectable_effect,
    difference_delivered,
    incremental_orders,
    orders_low,
    orders_high,
    revenue_unadjusted,
    revenue_unadjusted_low,
    revenue_unadjusted_high,
    variance_explained,
    margin,
    profit,
    profit_low,
    profit_high,
    roi,
    last_touch_orders,
    last_touch_revenue,
    coupon_orders,
    coupon_revenue
from mart.campaign_result_versions
where is_latest;

create view mart.campaign_result_parts as
with latest as (
    select distinct on (campaign, occasion, wave, period, goal, window_days, dimension, dimension_value) r.*
    from crm.result as r
    where r.dimension <> 'all'
    order by
        r.campaign asc, r.occasion asc, r.wave asc, r.period asc, r.goal asc, r.window_days asc, r.dimension asc,
        r.dimension_value asc, r.version desc
)

select
    campaign,
    kind,
    occasion,
    wave,
    period,
    goal,
    window_days,
    dimension,
    dimension_value,
    status,
    treated,
    control,
    treated_converted,
    control_converted,
    treated_rate,
    control_rate,
    difference,
    low,
    high,
    p_value,
    naive_revenue,
    incremental_revenue,
    revenue_low,
    revenue_high,
    revenue_cap,
    revenue_uncapped,
    uncapped_reliable,
    sample_ratio_p,
    assignment,
    sample_ratio_mismatch,
    accepted,
    delivered,
    opened,
    clicked,
    treated_orders,
    control_orders,
    control_revenue,
    treated_refunds,
    control_refunds,
    sending_cost,
    coupon_cost,
    baseline_rate,
    relative_lift,
    relative_low,
    relative_high,
    p_adjusted,
    detectable_effect,
    difference_delivered,
    incremental_orders,
    orders_low,
    orders_high,
    revenue_unadjusted,
    revenue_unadjusted_low,
    revenue_unadjusted_high,
    variance_explained,
    margin,
    profit,
    profit_low,
    profit_high,
    roi,
    as_of,
    version
from latest;

create view mart.variant_results as
with latest as (
    select distinct on (campaign, occasion, wave, period, goal, window_days, variant, reference) r.*
    from crm.variant_result as r
    order by
        r.campaign asc, r.occasion asc, r.wave asc, r.period asc, r.goal asc, r.window_days asc, r.variant asc,
        r.reference asc, r.version desc
)

select
    campaign,
    kind,
    occasion,
    wave,
    period,
    goal,
    window_days,
    variant,
    reference,
    is_primary,
    assignment,
    status,
    customers,
    reference_customers,
    converted,
    reference_converted,
    rate,
    reference_rate,
    difference,
    low,
    high,
    p_value,
    p_adjusted,
    probability_better,
    detectable_effect,
    revenue_difference,
    revenue_low,
    revenue_high,
    as_of,
    version
from latest;

comment on view mart.campaign_result_parts is 'Latest version of each result of a part of an audience: one segment, tier, channel or variant (key: campaign, occasion, wave, period, goal, window_days, dimension, dimension_value). Secondary, all of them: read p_adjusted.';
comment on view mart.variant_results is 'Latest version of each comparison of two variants among the treated (key: campaign, occasion, wave, period, goal, window_days, variant, reference). Empty figures until the window has closed.';
comment on column mart.campaign_result_versions.revenue_cap is 'Cap per customer: the pooled quantile declared in the business settings.';
comment on column mart.campaign_result_versions.revenue_uncapped is 'incremental_revenue without the cap, to stand beside it; reporting currency; null unless ok.';
comment on column mart.campaign_result_versions.uncapped_reliable is 'False where an arm holds fewer than 355 x skewness^2 customers (Kohavi): one large basket may decide revenue_uncapped.';
comment on column mart.campaign_result_versions.assignment is 'randomised (held out by lot), or observational: the arms were not drawn, so a difference may be theirs and not the campaign''s.';
comment on column mart.campaign_result_versions.sample_ratio_mismatch is 'sample_ratio_p is below 0.001: the arms are not those that were drawn; believe nothing else of the row.';
comment on column mart.campaign_result_versions.accepted is 'Treated customers whose message the provider took within the window; null = not known (imported).';
comment on column mart.campaign_result_versions.delivered is 'Of these, delivered within the window, as the provider reported; null = not known.';
comment on column mart.campaign_result_versions.opened is 'Treated customers who opened within the window, machines left out; null = not known.';
comment on column mart.campaign_result_versions.clicked is 'Treated customers who clicked within the window, machines left out; null = not known.';
comment on column mart.campaign_result_versions.treated_orders is 'Purchases of the treated in the window of which something is left.';
comment on column mart.campaign_result_versions.control_orders is 'Purchases of the held-out in the window of which something is left.';
comment on column mart.campaign_result_versions.control_revenue is 'All orders of the held-out in the window, net of refunds; reporting currency.';
comment on column mart.campaign_result_versions.treated_refunds is 'What was paid back to the treated of purchases in the window; already taken off their revenue.';
comment on column mart.campaign_result_versions.control_refunds is 'What was paid back to the held-out of purchases in the window; already taken off their revenue.';
comment on column mart.campaign_result_versions.sending_cost is 'Cost of the messages that the provider took within the window; reporting currency.';
comment on column mart.campaign_result_versions.coupon_cost is 'What the treated took off by coupons of this campaign in the window; already taken off their revenue.';
comment on column mart.campaign_result_versions.baseline_rate is 'Control rate, post-stratified: what the treated would have done unasked; null unless ok.';
comment on column mart.campaign_result_versions.relative_lift is 'difference / baseline_rate; null unless ok.';
comment on column mart.campaign_result_versions.relative_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_versions.relative_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_versions.detectable_effect is 'Smallest rise of the rate that these numbers show with 80 % power at two-sided 5 %: what "no effect" may hide.';
comment on column mart.campaign_result_versions.difference_delivered is 'difference / share of the treated to whom it was delivered: the effect of a message that arrived; null = not known.';
comment on column mart.campaign_result_versions.incremental_orders is 'Orders that the campaign brought: post-stratified difference per customer times the treated; null unless ok.';
comment on column mart.campaign_result_versions.orders_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_versions.orders_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_versions.revenue_unadjusted is 'incremental_revenue without CUPED, to stand beside it; null unless ok.';
comment on column mart.campaign_result_versions.revenue_unadjusted_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_versions.revenue_unadjusted_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_versions.variance_explained is 'Share of the variance of revenue that spent_before explains within strata and arms: how much CUPED narrows it (1 - this).';
comment on column mart.campaign_result_versions.margin is 'Share of the price that is left after the goods, by which profit is counted; null: profit is counted on revenue.';
comment on column mart.campaign_result_versions.profit is 'What is left of the incremental revenue after goods (where the margin is known), coupons and sending; reporting currency; null unless ok.';
comment on column mart.campaign_result_versions.profit_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_versions.profit_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_versions.roi is 'profit / (sending_cost + coupon_cost); null where nothing was spent.';
comment on column mart.campaign_result_versions.last_touch_orders is 'Orders in the window whose last message before them was this campaign''s: attribution, not effect. dimension all alone.';
comment on column mart.campaign_result_versions.last_touch_revenue is 'Their revenue, net of refunds; attribution, not effect.';
comment on column mart.campaign_result_versions.coupon_orders is 'Orders of the treated in the window that name this campaign''s coupon code: attribution, not effect. dimension all alone.';
comment on column mart.campaign_result_versions.coupon_revenue is 'Their revenue, net of refunds; attribution, not effect.';
comment on column mart.campaign_results.revenue_cap is 'Cap per customer: the pooled quantile declared in the business settings.';
comment on column mart.campaign_results.revenue_uncapped is 'incremental_revenue without the cap, to stand beside it; reporting currency; null unless ok.';
comment on column mart.campaign_results.uncapped_reliable is 'False where an arm holds fewer than 355 x skewness^2 customers (Kohavi): one large basket may decide revenue_uncapped.';
comment on column mart.campaign_results.assignment is 'randomised (held out by lot), or observational: the arms were not drawn, so a difference may be theirs and not the campaign''s.';
comment on column mart.campaign_results.sample_ratio_mismatch is 'sample_ratio_p is below 0.001: the arms are not those that were drawn; believe nothing else of the row.';
comment on column mart.campaign_results.accepted is 'Treated customers whose message the provider took within the window; null = not known (imported).';
comment on column mart.campaign_results.delivered is 'Of these, delivered within the window, as the provider reported; null = not known.';
comment on column mart.campaign_results.opened is 'Treated customers who opened within the window, machines left out; null = not known.';
comment on column mart.campaign_results.clicked is 'Treated customers who clicked within the window, machines left out; null = not known.';
comment on column mart.campaign_results.treated_orders is 'Purchases of the treated in the window of which something is left.';
comment on column mart.campaign_results.control_orders is 'Purchases of the held-out in the window of which something is left.';
comment on column mart.campaign_results.control_revenue is 'All orders of the held-out in the window, net of refunds; reporting currency.';
comment on column mart.campaign_results.treated_refunds is 'What was paid back to the treated of purchases in the window; already taken off their revenue.';
comment on column mart.campaign_results.control_refunds is 'What was paid back to the held-out of purchases in the window; already taken off their revenue.';
comment on column mart.campaign_results.sending_cost is 'Cost of the messages that the provider took within the window; reporting currency.';
comment on column mart.campaign_results.coupon_cost is 'What the treated took off by coupons of this campaign in the window; already taken off their revenue.';
comment on column mart.campaign_results.baseline_rate is 'Control rate, post-stratified: what the treated would have done unasked; null unless ok.';
comment on column mart.campaign_results.relative_lift is 'difference / baseline_rate; null unless ok.';
comment on column mart.campaign_results.relative_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_results.relative_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_results.detectable_effect is 'Smallest rise of the rate that these numbers show with 80 % power at two-sided 5 %: what "no effect" may hide.';
comment on column mart.campaign_results.difference_delivered is 'difference / share of the treated to whom it was delivered: the effect of a message that arrived; null = not known.';
comment on column mart.campaign_results.incremental_orders is 'Orders that the campaign brought: post-stratified difference per customer times the treated; null unless ok.';
comment on column mart.campaign_results.orders_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_results.orders_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_results.revenue_unadjusted is 'incremental_revenue without CUPED, to stand beside it; null unless ok.';
comment on column mart.campaign_results.revenue_unadjusted_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_results.revenue_unadjusted_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_results.variance_explained is 'Share of the variance of revenue that spent_before explains within strata and arms: how much CUPED narrows it (1 - this).';
comment on column mart.campaign_results.margin is 'Share of the price that is left after the goods, by which profit is counted; null: profit is counted on revenue.';
comment on column mart.campaign_results.profit is 'What is left of the incremental revenue after goods (where the margin is known), coupons and sending; reporting currency; null unless ok.';
comment on column mart.campaign_results.profit_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_results.profit_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_results.roi is 'profit / (sending_cost + coupon_cost); null where nothing was spent.';
comment on column mart.campaign_results.last_touch_orders is 'Orders in the window whose last message before them was this campaign''s: attribution, not effect. dimension all alone.';
comment on column mart.campaign_results.last_touch_revenue is 'Their revenue, net of refunds; attribution, not effect.';
comment on column mart.campaign_results.coupon_orders is 'Orders of the treated in the window that name this campaign''s coupon code: attribution, not effect. dimension all alone.';
comment on column mart.campaign_results.coupon_revenue is 'Their revenue, net of refunds; attribution, not effect.';
comment on column mart.campaign_result_parts.campaign is 'Campaign.';
comment on column mart.campaign_result_parts.kind is 'Kind of campaign.';
comment on column mart.campaign_result_parts.occasion is 'Occasion; "" for pooled results of continuous campaigns.';
comment on column mart.campaign_result_parts.wave is 'Wave; "" for pooled results.';
comment on column mart.campaign_result_parts.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column mart.campaign_result_parts.goal is 'Goal that conversion is counted on.';
comment on column mart.campaign_result_parts.window_days is 'Window of w x 24 h from planned_send_at.';
comment on column mart.campaign_result_parts.dimension is 'all, or what the audience is divided by: segment, tier, channel or variant, as at assignment.';
comment on column mart.campaign_result_parts.dimension_value is 'The part of the audience; "" for all. A variant''s treated are compared with every held-out customer.';
comment on column mart.campaign_result_parts.status is 'open, not_enough or ok.';
comment on column mart.campaign_result_parts.treated is 'Customers decided include.';
comment on column mart.campaign_result_parts.control is 'Customers held out.';
comment on column mart.campaign_result_parts.treated_converted is 'Treated customers who met the goal in the window.';
comment on column mart.campaign_result_parts.control_converted is 'Held-out customers who met the goal in the window.';
comment on column mart.campaign_result_parts.treated_rate is 'treated_converted / treated.';
comment on column mart.campaign_result_parts.control_rate is 'control_converted / control.';
comment on column mart.campaign_result_parts.difference is 'Post-stratified difference of the rates; null unless ok.';
comment on column mart.campaign_result_parts.low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_parts.high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_parts.p_value is 'Two-sided p of no difference: the level at which the interval just touches zero.';
comment on column mart.campaign_result_parts.naive_revenue is 'All orders of the treated in the window, as a send-and-count tool would claim; net of refunds, reporting currency.';
comment on column mart.campaign_result_parts.incremental_revenue is 'Revenue that the holdout says the campaign earned, capped per customer, adjusted by spent_before (CUPED); reporting currency; null unless ok.';
comment on column mart.campaign_result_parts.revenue_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_parts.revenue_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_parts.revenue_cap is 'Cap per customer: the pooled quantile declared in the business settings.';
comment on column mart.campaign_result_parts.revenue_uncapped is 'incremental_revenue without the cap, to stand beside it; reporting currency; null unless ok.';
comment on column mart.campaign_result_parts.uncapped_reliable is 'False where an arm holds fewer than 355 x skewness^2 customers (Kohavi): one large basket may decide revenue_uncapped.';
comment on column mart.campaign_result_parts.sample_ratio_p is 'p of the arms'' sizes against the declared share; below 0.001 something is broken.';
comment on column mart.campaign_result_parts.assignment is 'randomised (held out by lot), or observational: the arms were not drawn, so a difference may be theirs and not the campaign''s.';
comment on column mart.campaign_result_parts.sample_ratio_mismatch is 'sample_ratio_p is below 0.001: the arms are not those that were drawn; believe nothing else of the row.';
comment on column mart.campaign_result_parts.accepted is 'Treated customers whose message the provider took within the window; null = not known (imported).';
comment on column mart.campaign_result_parts.delivered is 'Of these, delivered within the window, as the provider reported; null = not known.';
comment on column mart.campaign_result_parts.opened is 'Treated customers who opened within the window, machines left out; null = not known.';
comment on column mart.campaign_result_parts.clicked is 'Treated customers who clicked within the window, machines left out; null = not known.';
comment on column mart.campaign_result_parts.treated_orders is 'Purchases of the treated in the window of which something is left.';
comment on column mart.campaign_result_parts.control_orders is 'Purchases of the held-out in the window of which something is left.';
comment on column mart.campaign_result_parts.control_revenue is 'All orders of the held-out in the window, net of refunds; reporting currency.';
comment on column mart.campaign_result_parts.treated_refunds is 'What was paid back to the treated of purchases in the window; already taken off their revenue.';
comment on column mart.campaign_result_parts.control_refunds is 'What was paid back to the held-out of purchases in the window; already taken off their revenue.';
comment on column mart.campaign_result_parts.sending_cost is 'Cost of the messages that the provider took within the window; reporting currency.';
comment on column mart.campaign_result_parts.coupon_cost is 'What the treated took off by coupons of this campaign in the window; already taken off their revenue.';
comment on column mart.campaign_result_parts.baseline_rate is 'Control rate, post-stratified: what the treated would have done unasked; null unless ok.';
comment on column mart.campaign_result_parts.relative_lift is 'difference / baseline_rate; null unless ok.';
comment on column mart.campaign_result_parts.relative_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_parts.relative_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_parts.p_adjusted is 'p_value after Benjamini-Hochberg over the parts of one dimension; null where nothing is divided.';
comment on column mart.campaign_result_parts.detectable_effect is 'Smallest rise of the rate that these numbers show with 80 % power at two-sided 5 %: what "no effect" may hide.';
comment on column mart.campaign_result_parts.difference_delivered is 'difference / share of the treated to whom it was delivered: the effect of a message that arrived; null = not known.';
comment on column mart.campaign_result_parts.incremental_orders is 'Orders that the campaign brought: post-stratified difference per customer times the treated; null unless ok.';
comment on column mart.campaign_result_parts.orders_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_parts.orders_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_parts.revenue_unadjusted is 'incremental_revenue without CUPED, to stand beside it; null unless ok.';
comment on column mart.campaign_result_parts.revenue_unadjusted_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_parts.revenue_unadjusted_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_parts.variance_explained is 'Share of the variance of revenue that spent_before explains within strata and arms: how much CUPED narrows it (1 - this).';
comment on column mart.campaign_result_parts.margin is 'Share of the price that is left after the goods, by which profit is counted; null: profit is counted on revenue.';
comment on column mart.campaign_result_parts.profit is 'What is left of the incremental revenue after goods (where the margin is known), coupons and sending; reporting currency; null unless ok.';
comment on column mart.campaign_result_parts.profit_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_parts.profit_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_parts.roi is 'profit / (sending_cost + coupon_cost); null where nothing was spent.';
comment on column mart.campaign_result_parts.as_of is 'Business date as of which it was evaluated.';
comment on column mart.campaign_result_parts.version is '1, 2, … in order of becoming known.';
comment on column mart.variant_results.campaign is 'Campaign.';
comment on column mart.variant_results.kind is 'Kind of campaign.';
comment on column mart.variant_results.occasion is 'Occasion; "" for pooled results.';
comment on column mart.variant_results.wave is 'Wave; "" for pooled results.';
comment on column mart.variant_results.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column mart.variant_results.goal is 'Goal that conversion is counted on.';
comment on column mart.variant_results.window_days is 'Window of w x 24 h from planned_send_at.';
comment on column mart.variant_results.variant is 'Variant.';
comment on column mart.variant_results.reference is 'Variant that it is compared with: the first declared.';
comment on column mart.variant_results.is_primary is 'The declared goal in the declared primary window.';
comment on column mart.variant_results.assignment is 'randomised or observational.';
comment on column mart.variant_results.status is 'open (nothing is said before the horizon), not_enough or ok.';
comment on column mart.variant_results.customers is 'Treated customers of the variant.';
comment on column mart.variant_results.reference_customers is 'Treated customers of the reference.';
comment on column mart.variant_results.converted is 'Of customers, how many met the goal.';
comment on column mart.variant_results.reference_converted is 'Of reference_customers, how many met the goal.';
comment on column mart.variant_results.rate is 'converted / customers.';
comment on column mart.variant_results.reference_rate is 'reference_converted / reference_customers.';
comment on column mart.variant_results.difference is 'Variant minus reference, post-stratified; null unless ok.';
comment on column mart.variant_results.low is 'Lower end of its 95 % interval.';
comment on column mart.variant_results.high is 'Upper end of its 95 % interval.';
comment on column mart.variant_results.p_value is 'Two-sided p of no difference.';
comment on column mart.variant_results.p_adjusted is 'After Benjamini-Hochberg over the variants of the campaign.';
comment on column mart.variant_results.probability_better is 'Probability that the variant''s rate is the higher one (uniform priors).';
comment on column mart.variant_results.detectable_effect is 'Smallest difference that these numbers show with 80 % power at two-sided 5 %.';
comment on column mart.variant_results.revenue_difference is 'Variant minus reference, revenue per customer, capped and adjusted as in crm.result; reporting currency; null unless ok.';
comment on column mart.variant_results.revenue_low is 'Lower end of its 95 % interval.';
comment on column mart.variant_results.revenue_high is 'Upper end of its 95 % interval.';
comment on column mart.variant_results.as_of is 'Business date as of which it was evaluated.';
comment on column mart.variant_results.version is '1, 2, … in order of becoming known.';

grant select, insert, update, delete, truncate on crm.assignment, crm.collected_wave to crm_writer;
grant select, insert on crm.variant_result to crm_writer;
grant select on mart.campaign_result_parts, mart.variant_results to crm_writer, crm_reader;
