-- Makes mart.campaign_result_parts from crm.result.
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
    revenue_p_adjusted,
    goods_cost,
    cost_known,
    profit_basis
from latest;

comment on view mart.campaign_result_parts is 'Latest version of each result of a part of an audience: one segment, tier, channel or variant (key: campaign, occasion, wave, period, goal, window_days, dimension, dimension_value). Secondary, all of them: read p_adjusted.';
comment on column mart.campaign_result_parts.campaign is 'Campaign.';
comment on column mart.campaign_result_parts.kind is 'holiday, birthday, seasonal or repurchase; imported: from a file (mart.imported_campaigns).';
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
comment on column mart.campaign_result_parts.treated_rate is 'treated_converted / treated; of a pooled result the rate by the weights of the difference.';
comment on column mart.campaign_result_parts.control_rate is 'control_converted / control; of a pooled result the rate by the weights of the difference.';
comment on column mart.campaign_result_parts.difference is 'Difference of the rates, post-stratified, of a pooled result Mantel-Haenszel; null unless ok.';
comment on column mart.campaign_result_parts.low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_parts.high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_parts.p_value is 'Two-sided p of no difference: the level at which the interval just touches zero.';
comment on column mart.campaign_result_parts.naive_revenue is 'All orders of the treated in the window, as a send-and-count tool would claim; net of refunds, reporting currency.';
comment on column mart.campaign_result_parts.incremental_revenue is 'Revenue that the holdout says the campaign earned, capped per customer, adjusted by spent_before (CUPED); of a pooled result from the treated of the compared strata alone; reporting currency; null unless ok.';
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
comment on column mart.campaign_result_parts.baseline_rate is 'Control rate by the weights of the difference: what the treated would have done unasked; null unless ok.';
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
comment on column mart.campaign_result_parts.margin is 'Share of the undiscounted price that is left after the goods, by which profit is counted where no cost is known; null where profit_basis needs none.';
comment on column mart.campaign_result_parts.profit is 'What is left of what the campaign brought after goods, coupons and sending; reporting currency; null unless ok, and where costs and margin are unknown (profit_basis).';
comment on column mart.campaign_result_parts.profit_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_parts.profit_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_parts.roi is 'profit / (sending_cost + coupon_cost); null where nothing was spent.';
comment on column mart.campaign_result_parts.as_of is 'Business date as of which it was evaluated.';
comment on column mart.campaign_result_parts.version is '1, 2, … in order of becoming known.';
comment on column mart.campaign_result_parts.method is 'post_stratified (arms drawn once, strata are segments), or mantel_haenszel (pooled: strata are declared shares, month and segment, each weighs n1 n0 / n).';
comment on column mart.campaign_result_parts.strata is 'Strata of a pooled result that hold both arms; null where nothing is pooled.';
comment on column mart.campaign_result_parts.dropped_strata is 'Strata of a pooled result with an empty arm: nothing in them can be compared, and the difference leaves them out.';
comment on column mart.campaign_result_parts.dropped_customers is 'Customers in these strata; they stay in the counts.';
comment on column mart.campaign_result_parts.revenue_p is 'Two-sided p of no difference of revenue, by the interval of incremental_revenue; null unless ok.';
comment on column mart.campaign_result_parts.revenue_p_adjusted is 'revenue_p after Benjamini-Hochberg over the parts of one dimension; null where nothing is divided.';
comment on column mart.campaign_result_parts.goods_cost is 'What the goods cost that the treated bought in the window and kept, as far as it is known; reporting currency; null where no cost is known at all.';
comment on column mart.campaign_result_parts.cost_known is 'Share of both arms'' revenue of which the goods'' cost is known, by the product''s unit cost or its category''s margin; null where there is no revenue.';
comment on column mart.campaign_result_parts.profit_basis is 'What profit was counted by: costs (of the very lines), costs_and_margin (evaluation.margin for lines without), margin (it alone), or unknown: no profit. Null: a version from before costs were counted, whose profit is by its margin or, without one, on revenue.';
