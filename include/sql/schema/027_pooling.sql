-- Arms that were drawn with different shares are never added up raw: what a pooled result is made of, and the p of money, by
-- which many parts are corrected as by that of their rates. Results from before stay as they are: post-stratified.
alter table crm.result
add column method text not null default 'post_stratified' check (method in ('post_stratified', 'mantel_haenszel')),
add column strata bigint,
add column dropped_strata bigint,
add column dropped_customers bigint,
add column later_entries bigint,
add column revenue_p double precision,
add column revenue_p_adjusted double precision;

alter table crm.variant_result
add column method text not null default 'post_stratified' check (method in ('post_stratified', 'mantel_haenszel')),
add column dropped_strata bigint,
add column dropped_customers bigint,
add column revenue_p double precision,
add column revenue_p_adjusted double precision;

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
    coupon_revenue,
    method,
    strata,
    dropped_strata,
    dropped_customers,
    later_entries,
    revenue_p
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
    coupon_revenue,
    method,
    strata,
    dropped_strata,
    dropped_customers,
    later_entries,
    revenue_p
from mart.campaign_result_versions
where is_latest;

create or replace view mart.campaign_result_parts as
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
    version,
    method,
    strata,
    dropped_strata,
    dropped_customers,
    revenue_p,
    revenue_p_adjusted
from latest;

create or replace view mart.variant_results as
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
    version,
    method,
    dropped_strata,
    dropped_customers,
    revenue_p,
    revenue_p_adjusted
from latest;

comment on column crm.result.method is 'post_stratified (arms drawn once, strata are segments), or mantel_haenszel (pooled: strata are declared shares, month and segment, each weighs n1 n0 / n).';
comment on column crm.result.strata is 'Strata of a pooled result that hold both arms; null where nothing is pooled.';
comment on column crm.result.dropped_strata is 'Strata of a pooled result with an empty arm: nothing in them can be compared, and the difference leaves them out.';
comment on column crm.result.dropped_customers is 'Customers in these strata; they stay in the counts.';
comment on column crm.result.later_entries is 'Entries of a pooled result''s period by customers who had entered the epoch before: counted here, and compared nowhere; null of what is not pooled.';
comment on column crm.result.revenue_p is 'Two-sided p of no difference of revenue, by the interval of incremental_revenue; null unless ok.';
comment on column crm.result.revenue_p_adjusted is 'revenue_p after Benjamini-Hochberg over the parts of one dimension; null where nothing is divided.';
comment on column crm.result.treated_rate is 'treated_converted / treated; of a pooled result the rate by the weights of the difference.';
comment on column crm.result.control_rate is 'control_converted / control; of a pooled result the rate by the weights of the difference.';
comment on column crm.result.difference is 'Difference of the rates, post-stratified, of a pooled result Mantel-Haenszel; null unless ok.';
comment on column crm.result.baseline_rate is 'Control rate by the weights of the difference: what the treated would have done unasked; null unless ok.';
comment on column crm.result.incremental_revenue is 'Revenue that the holdout says the campaign earned, capped per customer, adjusted by spent_before (CUPED); of a pooled result from the treated of the compared strata alone; reporting currency; null unless ok.';
comment on column crm.variant_result.method is 'post_stratified (arms drawn once, strata are segments), or mantel_haenszel (pooled: strata are declared shares, month and segment, each weighs n1 n0 / n).';
comment on column crm.variant_result.dropped_strata is 'Strata of a pooled result with an empty arm: nothing in them can be compared, and the difference leaves them out.';
comment on column crm.variant_result.dropped_customers is 'Customers in these strata; they stay in the counts.';
comment on column crm.variant_result.revenue_p is 'Two-sided p of no difference of revenue; null unless ok.';
comment on column crm.variant_result.revenue_p_adjusted is 'revenue_p after Benjamini-Hochberg over the variants of the campaign.';
comment on column crm.variant_result.difference is 'Variant minus reference, post-stratified, of a pooled result Mantel-Haenszel; null unless ok.';
comment on column crm.variant_result.rate is 'converted / customers; of a pooled result by the weights of the difference.';
comment on column crm.variant_result.reference_rate is 'reference_converted / reference_customers; of a pooled result by the weights of the difference.';
comment on column crm.variant_result.probability_better is 'Probability that the variant''s rate is the higher one (uniform priors; of a pooled result by the interval''s normal approximation).';
comment on column mart.campaign_result_versions.method is 'post_stratified (arms drawn once, strata are segments), or mantel_haenszel (pooled: strata are declared shares, month and segment, each weighs n1 n0 / n).';
comment on column mart.campaign_result_versions.strata is 'Strata of a pooled result that hold both arms; null where nothing is pooled.';
comment on column mart.campaign_result_versions.dropped_strata is 'Strata of a pooled result with an empty arm: nothing in them can be compared, and the difference leaves them out.';
comment on column mart.campaign_result_versions.dropped_customers is 'Customers in these strata; they stay in the counts.';
comment on column mart.campaign_result_versions.later_entries is 'Entries of a pooled result''s period by customers who had entered the epoch before: counted here, and compared nowhere; null of what is not pooled.';
comment on column mart.campaign_result_versions.revenue_p is 'Two-sided p of no difference of revenue, by the interval of incremental_revenue; null unless ok.';
comment on column mart.campaign_result_versions.treated_rate is 'treated_converted / treated; of a pooled result the rate by the weights of the difference.';
comment on column mart.campaign_result_versions.control_rate is 'control_converted / control; of a pooled result the rate by the weights of the difference.';
comment on column mart.campaign_result_versions.difference is 'Difference of the rates, post-stratified, of a pooled result Mantel-Haenszel; null unless ok.';
comment on column mart.campaign_result_versions.baseline_rate is 'Control rate by the weights of the difference: what the treated would have done unasked; null unless ok.';
comment on column mart.campaign_result_versions.incremental_revenue is 'Revenue that the holdout says the campaign earned, capped per customer, adjusted by spent_before (CUPED); of a pooled result from the treated of the compared strata alone; reporting currency; null unless ok.';
comment on column mart.campaign_results.method is 'post_stratified (arms drawn once, strata are segments), or mantel_haenszel (pooled: strata are declared shares, month and segment, each weighs n1 n0 / n).';
comment on column mart.campaign_results.strata is 'Strata of a pooled result that hold both arms; null where nothing is pooled.';
comment on column mart.campaign_results.dropped_strata is 'Strata of a pooled result with an empty arm: nothing in them can be compared, and the difference leaves them out.';
comment on column mart.campaign_results.dropped_customers is 'Customers in these strata; they stay in the counts.';
comment on column mart.campaign_results.later_entries is 'Entries of a pooled result''s period by customers who had entered the epoch before: counted here, and compared nowhere; null of what is not pooled.';
comment on column mart.campaign_results.revenue_p is 'Two-sided p of no difference of revenue, by the interval of incremental_revenue; null unless ok.';
comment on column mart.campaign_results.treated_rate is 'treated_converted / treated; of a pooled result the rate by the weights of the difference.';
comment on column mart.campaign_results.control_rate is 'control_converted / control; of a pooled result the rate by the weights of the difference.';
comment on column mart.campaign_results.difference is 'Difference of the rates, post-stratified, of a pooled result Mantel-Haenszel; null unless ok.';
comment on column mart.campaign_results.baseline_rate is 'Control rate by the weights of the difference: what the treated would have done unasked; null unless ok.';
comment on column mart.campaign_results.incremental_revenue is 'Revenue that the holdout says the campaign earned, capped per customer, adjusted by spent_before (CUPED); of a pooled result from the treated of the compared strata alone; reporting currency; null unless ok.';
comment on column mart.campaign_result_parts.method is 'post_stratified (arms drawn once, strata are segments), or mantel_haenszel (pooled: strata are declared shares, month and segment, each weighs n1 n0 / n).';
comment on column mart.campaign_result_parts.strata is 'Strata of a pooled result that hold both arms; null where nothing is pooled.';
comment on column mart.campaign_result_parts.dropped_strata is 'Strata of a pooled result with an empty arm: nothing in them can be compared, and the difference leaves them out.';
comment on column mart.campaign_result_parts.dropped_customers is 'Customers in these strata; they stay in the counts.';
comment on column mart.campaign_result_parts.revenue_p is 'Two-sided p of no difference of revenue, by the interval of incremental_revenue; null unless ok.';
comment on column mart.campaign_result_parts.revenue_p_adjusted is 'revenue_p after Benjamini-Hochberg over the parts of one dimension; null where nothing is divided.';
comment on column mart.campaign_result_parts.treated_rate is 'treated_converted / treated; of a pooled result the rate by the weights of the difference.';
comment on column mart.campaign_result_parts.control_rate is 'control_converted / control; of a pooled result the rate by the weights of the difference.';
comment on column mart.campaign_result_parts.difference is 'Difference of the rates, post-stratified, of a pooled result Mantel-Haenszel; null unless ok.';
comment on column mart.campaign_result_parts.baseline_rate is 'Control rate by the weights of the difference: what the treated would have done unasked; null unless ok.';
comment on column mart.campaign_result_parts.incremental_revenue is 'Revenue that the holdout says the campaign earned, capped per customer, adjusted by spent_before (CUPED); of a pooled result from the treated of the compared strata alone; reporting currency; null unless ok.';
comment on column mart.variant_results.method is 'post_stratified (arms drawn once, strata are segments), or mantel_haenszel (pooled: strata are declared shares, month and segment, each weighs n1 n0 / n).';
comment on column mart.variant_results.dropped_strata is 'Strata of a pooled result with an empty arm: nothing in them can be compared, and the difference leaves them out.';
comment on column mart.variant_results.dropped_customers is 'Customers in these strata; they stay in the counts.';
comment on column mart.variant_results.revenue_p is 'Two-sided p of no difference of revenue; null unless ok.';
comment on column mart.variant_results.revenue_p_adjusted is 'revenue_p after Benjamini-Hochberg over the variants of the campaign.';
comment on column mart.variant_results.difference is 'Variant minus reference, post-stratified, of a pooled result Mantel-Haenszel; null unless ok.';
comment on column mart.variant_results.rate is 'converted / customers; of a pooled result by the weights of the difference.';
comment on column mart.variant_results.reference_rate is 'reference_converted / reference_customers; of a pooled result by the weights of the difference.';
comment on column mart.variant_results.probability_better is 'Probability that the variant''s rate is the higher one (uniform priors; of a pooled result by the interval''s normal approximation).';
comment on table crm.result is 'Results, versioned and append-only. The difference is post-stratified by segment, of pooled results Mantel-Haenszel over shares, month and segment; intervals are 95 %. Local table.';
