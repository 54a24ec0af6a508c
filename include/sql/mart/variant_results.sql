-- Makes mart.variant_results from crm.variant_result.
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

comment on view mart.variant_results is 'Latest version of each comparison of two variants among the treated (key: campaign, occasion, wave, period, goal, window_days, variant, reference). Empty figures until the window has closed.';
comment on column mart.variant_results.campaign is 'Campaign.';
comment on column mart.variant_results.kind is 'holiday, birthday, seasonal or repurchase; imported: from a file (mart.imported_campaigns).';
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
comment on column mart.variant_results.rate is 'converted / customers; of a pooled result by the weights of the difference.';
comment on column mart.variant_results.reference_rate is 'reference_converted / reference_customers; of a pooled result by the weights of the difference.';
comment on column mart.variant_results.difference is 'Variant minus reference, post-stratified, of a pooled result Mantel-Haenszel; null unless ok.';
comment on column mart.variant_results.low is 'Lower end of its 95 % interval.';
comment on column mart.variant_results.high is 'Upper end of its 95 % interval.';
comment on column mart.variant_results.p_value is 'Two-sided p of no difference.';
comment on column mart.variant_results.p_adjusted is 'After Benjamini-Hochberg over the variants of the campaign.';
comment on column mart.variant_results.probability_better is 'Probability that the variant''s rate is the higher one (uniform priors; of a pooled result by the interval''s normal approximation).';
comment on column mart.variant_results.detectable_effect is 'Smallest difference that these numbers show with 80 % power at two-sided 5 %.';
comment on column mart.variant_results.revenue_difference is 'Variant minus reference, revenue per customer, capped and adjusted as in crm.result; reporting currency; null unless ok.';
comment on column mart.variant_results.revenue_low is 'Lower end of its 95 % interval.';
comment on column mart.variant_results.revenue_high is 'Upper end of its 95 % interval.';
comment on column mart.variant_results.as_of is 'Business date as of which it was evaluated.';
comment on column mart.variant_results.version is '1, 2, … in order of becoming known.';
comment on column mart.variant_results.method is 'post_stratified (arms drawn once, strata are segments), or mantel_haenszel (pooled: strata are declared shares, month and segment, each weighs n1 n0 / n).';
comment on column mart.variant_results.dropped_strata is 'Strata of a pooled result with an empty arm: nothing in them can be compared, and the difference leaves them out.';
comment on column mart.variant_results.dropped_customers is 'Customers in these strata; they stay in the counts.';
comment on column mart.variant_results.revenue_p is 'Two-sided p of no difference of revenue; null unless ok.';
comment on column mart.variant_results.revenue_p_adjusted is 'revenue_p after Benjamini-Hochberg over the variants of the campaign.';
