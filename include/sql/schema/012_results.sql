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
comment on column crm.assignment.spent_before is 'Revenue in the days before planned_send_at (evaluation.covariate_days), net of refunds, as known on the business date of the decision; reporting currency. The covariate of CUPED.';

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
    primary key (campaign, occasion, wave, send_date)
);
create index collected_wave_by_date on crm.collected_wave (send_date);
comment on table crm.collected_wave is 'Waves whose decisions are in crm.assignment. Local table.';
comment on column crm.collected_wave.campaign is 'Campaign.';
comment on column crm.collected_wave.occasion is 'Occasion.';
comment on column crm.collected_wave.wave is 'Wave.';
comment on column crm.collected_wave.send_date is 'Send date.';
comment on column crm.collected_wave.kind is 'Kind of campaign.';
comment on column crm.collected_wave.business_date is 'Business date that was decided on.';
comment on column crm.collected_wave.goal is 'Declared goal.';
comment on column crm.collected_wave.epoch is 'Epoch of the arms.';
comment on column crm.collected_wave.declaration_hash is 'Declaration in force.';

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
