-- Makes mart.campaign_result_versions from crm.result.
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
    revenue_p,
    goods_cost,
    cost_known,
    profit_basis
from crm.result
where dimension = 'all';

comment on view mart.campaign_result_versions is 'Every version of every result (key: campaign, occasion, wave, period, goal, window_days, version): nothing is rewritten, a late order or refund makes a new version.';
comment on column mart.campaign_result_versions.campaign is 'Campaign.';
comment on column mart.campaign_result_versions.kind is 'holiday, birthday, seasonal or repurchase; imported: from a file (mart.imported_campaigns).';
comment on column mart.campaign_result_versions.occasion is 'Occasion; "" for pooled results of continuous campaigns.';
comment on column mart.campaign_result_versions.wave is 'Wave; "" for pooled results.';
comment on column mart.campaign_result_versions.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column mart.campaign_result_versions.goal is 'Goal that conversion is counted on.';
comment on column mart.campaign_result_versions.window_days is 'Window of so many times 24 hours from planned_send_at.';
comment on column mart.campaign_result_versions.version is '1, 2, … in order of becoming known.';
comment on column mart.campaign_result_versions.is_latest is 'The version that mart.campaign_results shows.';
comment on column mart.campaign_result_versions.is_primary is 'The declared goal in the declared primary window; all else is secondary.';
comment on column mart.campaign_result_versions.status is 'open (the window is), not_enough, or ok.';
comment on column mart.campaign_result_versions.treated is 'Customers decided include, whether or not the message arrived.';
comment on column mart.campaign_result_versions.control is 'Customers held out.';
comment on column mart.campaign_result_versions.treated_converted is 'Treated customers who met the goal in the window.';
comment on column mart.campaign_result_versions.control_converted is 'Held-out customers who met the goal in the window.';
comment on column mart.campaign_result_versions.treated_rate is 'treated_converted / treated; of a pooled result the rate by the weights of the difference.';
comment on column mart.campaign_result_versions.control_rate is 'control_converted / control; of a pooled result the rate by the weights of the difference.';
comment on column mart.campaign_result_versions.difference is 'Difference of the rates, post-stratified, of a pooled result Mantel-Haenszel; null unless ok.';
comment on column mart.campaign_result_versions.low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_versions.high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_versions.p_value is 'Two-sided p of no difference.';
comment on column mart.campaign_result_versions.naive_revenue is 'All orders of the treated in the window, as a send-and-count tool would claim; net of refunds, reporting currency. Not what the campaign earned.';
comment on column mart.campaign_result_versions.incremental_revenue is 'Revenue that the holdout says the campaign earned, capped per customer, adjusted by spent_before (CUPED); of a pooled result from the treated of the compared strata alone; reporting currency; null unless ok.';
comment on column mart.campaign_result_versions.revenue_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_versions.revenue_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_versions.sample_ratio_p is 'p of the arms'' sizes against the declared share; below 0.001 something is broken.';
comment on column mart.campaign_result_versions.as_of is 'Business date as of which it was evaluated.';
comment on column mart.campaign_result_versions.reason is 'Why this version was made.';
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
comment on column mart.campaign_result_versions.baseline_rate is 'Control rate by the weights of the difference: what the treated would have done unasked; null unless ok.';
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
comment on column mart.campaign_result_versions.margin is 'Share of the undiscounted price that is left after the goods, by which profit is counted where no cost is known; null where profit_basis needs none.';
comment on column mart.campaign_result_versions.profit is 'What is left of what the campaign brought after goods, coupons and sending; reporting currency; null unless ok, and where costs and margin are unknown (profit_basis).';
comment on column mart.campaign_result_versions.profit_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_versions.profit_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_versions.roi is 'profit / (sending_cost + coupon_cost); null where nothing was spent.';
comment on column mart.campaign_result_versions.last_touch_orders is 'Orders in the window whose last message before them was this campaign''s: attribution, not effect. dimension all alone.';
comment on column mart.campaign_result_versions.last_touch_revenue is 'Their revenue, net of refunds; attribution, not effect.';
comment on column mart.campaign_result_versions.coupon_orders is 'Orders of the treated in the window that name this campaign''s coupon code: attribution, not effect. dimension all alone.';
comment on column mart.campaign_result_versions.coupon_revenue is 'Their revenue, net of refunds; attribution, not effect.';
comment on column mart.campaign_result_versions.method is 'post_stratified (arms drawn once, strata are segments), or mantel_haenszel (pooled: strata are declared shares, month and segment, each weighs n1 n0 / n).';
comment on column mart.campaign_result_versions.strata is 'Strata of a pooled result that hold both arms; null where nothing is pooled.';
comment on column mart.campaign_result_versions.dropped_strata is 'Strata of a pooled result with an empty arm: nothing in them can be compared, and the difference leaves them out.';
comment on column mart.campaign_result_versions.dropped_customers is 'Customers in these strata; they stay in the counts.';
comment on column mart.campaign_result_versions.later_entries is 'Entries of a pooled result''s period by customers who had entered the epoch before: counted here, and compared nowhere; null of what is not pooled.';
comment on column mart.campaign_result_versions.revenue_p is 'Two-sided p of no difference of revenue, by the interval of incremental_revenue; null unless ok.';
comment on column mart.campaign_result_versions.goods_cost is 'What the goods cost that the treated bought in the window and kept, as far as it is known; reporting currency; null where no cost is known at all.';
comment on column mart.campaign_result_versions.cost_known is 'Share of both arms'' revenue of which the goods'' cost is known, by the product''s unit cost or its category''s margin; null where there is no revenue.';
comment on column mart.campaign_result_versions.profit_basis is 'What profit was counted by: costs (of the very lines), costs_and_margin (evaluation.margin for lines without), margin (it alone), or unknown: no profit. Null: a version from before costs were counted, whose profit is by its margin or, without one, on revenue.';
