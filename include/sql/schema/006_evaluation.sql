-- What happened after a send (or after none), and what it was worth. Results are append-only.
create table crm.conversion (
    customer_id bigint not null,
    campaign text not null,
    occasion text not null,
    instance text not null,
    wave text not null,
    kind text not null,
    send_date date not null,
    order_key bigint not null,
    file_version_id bigint not null,
    ordered_at timestamptz not null,
    after interval not null,
    meets_goal boolean not null,
    goal_amount numeric(18, 4) not null default 0,
    goal_minimum numeric(18, 4) not null default 0,
    goal_lines integer[],
    primary key (customer_id, campaign, occasion, instance, wave, order_key, file_version_id)
);
create index conversion_by_order on crm.conversion (order_key);
comment on table crm.conversion is 'Versions of orders within the longest window after planned_send_at, of treated and held-out customers alike; joins crm.orders for what is current. Distributed by customer_id.';
comment on column crm.conversion.customer_id is 'Customer.';
comment on column crm.conversion.campaign is 'Campaign.';
comment on column crm.conversion.occasion is 'Occasion.';
comment on column crm.conversion.instance is 'Instance.';
comment on column crm.conversion.wave is 'Wave.';
comment on column crm.conversion.kind is 'Kind of campaign, as in crm.decision.';
comment on column crm.conversion.send_date is 'Send date of the decision.';
comment on column crm.conversion.order_key is 'Order.';
comment on column crm.conversion.file_version_id is 'Version of the order.';
comment on column crm.conversion.ordered_at is 'When it was ordered.';
comment on column crm.conversion.after is 'Time since planned_send_at: a duration of hours and minutes, whatever the clocks did.';
comment on column crm.conversion.meets_goal is 'This version of the order, before refunds, meets the campaign''s declared goal.';
comment on column crm.conversion.goal_amount is 'Amount that counts for the goal: of the lines with the product or category, else of the order; before refunds, reporting currency.';
comment on column crm.conversion.goal_minimum is 'What must be left of goal_amount after refunds; 0 = anything; reporting currency.';
comment on column crm.conversion.goal_lines is 'Lines that count for the goal, so that their refunds can be told; null = the whole order.';

create table crm.collected_file (
    file_version_id bigint primary key,
    collected_as_of date,
    evaluated_as_of date
);
comment on table crm.collected_file is 'File versions of orders whose conversions are in. A set, not a highest number: a file that failed first is published under its old number. Local table.';
comment on column crm.collected_file.file_version_id is 'File version.';
comment on column crm.collected_file.collected_as_of is 'Latest complete business date then.';
comment on column crm.collected_file.evaluated_as_of is 'Business date of the first evaluation that took it in; null = none yet.';

create table crm.collected_plan (
    business_date date primary key,
    decisions bigint not null,
    window_days integer not null,
    evaluated_as_of date
);
comment on table crm.collected_plan is 'Planned dates whose decisions were joined with the orders already there. Local table.';
comment on column crm.collected_plan.business_date is 'Business date of crm.plan.';
comment on column crm.collected_plan.decisions is 'Included and held-out decisions then; a campaign added by hand is collected later.';
comment on column crm.collected_plan.window_days is 'Longest window then; a longer one is collected anew.';
comment on column crm.collected_plan.evaluated_as_of is 'Business date of the first evaluation that took it in; null = none yet.';

create table crm.evaluation (
    as_of date primary key,
    results bigint not null,
    new_versions bigint not null
);
comment on table crm.evaluation is 'Business dates as of which results were computed. Local table.';
comment on column crm.evaluation.as_of is 'Business date.';
comment on column crm.evaluation.results is 'Results computed when it was first evaluated.';
comment on column crm.evaluation.new_versions is 'Of these, new versions.';

create table crm.result (
    campaign text not null,
    kind text not null,
    occasion text not null,
    wave text not null,
    period text not null,
    goal text not null,
    window_days integer not null,
    version integer not null,
    is_primary boolean not null,
    status text not null check (status in ('open', 'not_enough', 'ok')),
    treated bigint not null,
    control bigint not null,
    treated_converted bigint not null,
    control_converted bigint not null,
    treated_rate double precision,
    control_rate double precision,
    difference double precision,
    low double precision,
    high double precision,
    p_value double precision,
    naive_revenue numeric(18, 4) not null,
    incremental_revenue double precision,
    revenue_low double precision,
    revenue_high double precision,
    revenue_cap numeric(18, 4),
    revenue_uncapped double precision,
    uncapped_reliable boolean,
    sample_ratio_p double precision,
    as_of date not null,
    reason text not null,
    primary key (campaign, occasion, wave, period, goal, window_days, version)
);
comment on table crm.result is 'Results, versioned and append-only. Rates are raw, the difference is post-stratified by segment, intervals are 95 %. Local table.';
comment on column crm.result.campaign is 'Campaign.';
comment on column crm.result.kind is 'Kind of campaign.';
comment on column crm.result.occasion is 'Occasion; "" for pooled results of continuous campaigns.';
comment on column crm.result.wave is 'Wave; "" for pooled results.';
comment on column crm.result.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column crm.result.goal is 'Goal that conversion is counted on.';
comment on column crm.result.window_days is 'Window of w x 24 h from planned_send_at.';
comment on column crm.result.version is '1, 2, … in order of becoming known.';
comment on column crm.result.is_primary is 'The declared goal in the declared primary window; all else is secondary.';
comment on column crm.result.status is 'open, not_enough or ok.';
comment on column crm.result.treated is 'Customers decided include.';
comment on column crm.result.control is 'Customers held out.';
comment on column crm.result.treated_converted is 'Treated customers who met the goal in the window.';
comment on column crm.result.control_converted is 'Held-out customers who met the goal in the window.';
comment on column crm.result.treated_rate is 'treated_converted / treated.';
comment on column crm.result.control_rate is 'control_converted / control.';
comment on column crm.result.difference is 'Post-stratified difference of the rates; null unless ok.';
comment on column crm.result.low is 'Lower end of its 95 % interval.';
comment on column crm.result.high is 'Upper end of its 95 % interval.';
comment on column crm.result.p_value is 'Two-sided p of no difference: the level at which the interval just touches zero.';
comment on column crm.result.naive_revenue is 'All orders of the treated in the window, as a send-and-count tool would claim; net of refunds, reporting currency.';
comment on column crm.result.incremental_revenue is 'Revenue that the holdout says the campaign earned, capped per customer; reporting currency; null unless ok.';
comment on column crm.result.revenue_low is 'Lower end of its 95 % interval.';
comment on column crm.result.revenue_high is 'Upper end of its 95 % interval.';
comment on column crm.result.revenue_cap is 'Cap per customer: the pooled quantile declared in the business settings.';
comment on column crm.result.revenue_uncapped is 'incremental_revenue without the cap, to stand beside it; reporting currency; null unless ok.';
comment on column crm.result.uncapped_reliable is 'False where an arm holds fewer than 355 x skewness^2 customers (Kohavi): one large basket may decide revenue_uncapped.';
comment on column crm.result.sample_ratio_p is 'p of the arms'' sizes against the declared share; below 0.001 something is broken.';
comment on column crm.result.as_of is 'Business date as of which it was evaluated.';
comment on column crm.result.reason is 'Why this version was made.';
