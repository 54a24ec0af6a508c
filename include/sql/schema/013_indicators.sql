-- How the shop is doing, day by day and cohort by cohort, and what came back to each campaign: what was bought, through which
-- door, and how many went each step of the way.

create table crm.indicator_refresh (
    as_of date primary key,
    settings text not null
);
comment on table crm.indicator_refresh is 'Business dates as of which the indicators were computed. Local table.';
comment on column crm.indicator_refresh.as_of is 'Business date.';
comment on column crm.indicator_refresh.settings is 'Settings that the figures were made by: other ones compute everything anew.';

create table crm.indicated_file (
    file_version_id bigint primary key,
    as_of date not null
);
comment on table crm.indicated_file is 'File versions that the indicators have taken in; a set, as crm.collected_file. Local table.';
comment on column crm.indicated_file.file_version_id is 'File version.';
comment on column crm.indicated_file.as_of is 'Business date of the refresh that took it in.';

create table crm.shop_indicator (
    shop text not null,
    business_date date not null,
    version integer not null,
    as_of date not null,
    orders_placed bigint not null,
    orders_paid bigint not null,
    purchases bigint not null,
    gross_revenue numeric(18, 4) not null,
    refunds numeric(18, 4) not null,
    net_revenue numeric(18, 4) not null,
    anonymous_revenue numeric(18, 4) not null,
    buyers bigint not null,
    returning_buyers bigint not null,
    returning_revenue numeric(18, 4) not null,
    new_members bigint not null,
    members bigint not null,
    year_buyers bigint not null,
    year_repeaters bigint not null,
    first_buyers bigint not null,
    second_buyers bigint not null,
    messages_accepted bigint not null,
    messages_delivered bigint not null,
    messages_responded bigint not null,
    unsubscribes bigint not null,
    emails_delivered bigint not null,
    emails_opened bigint not null,
    emails_clicked bigint not null,
    deliverability_warning boolean not null,
    primary key (shop, business_date, version)
);
comment on table crm.shop_indicator is 'Counts and sums of one business date, by shop and over all shops, from which mart.shop_indicators makes rates: versioned and append-only. Accounts that place fake orders are left out. Local table.';
comment on column crm.shop_indicator.shop is 'Shop; "" = all shops.';
comment on column crm.shop_indicator.business_date is 'Date of the orders (business time zone), and send date of the messages.';
comment on column crm.shop_indicator.version is '1, 2, … in order of becoming known.';
comment on column crm.shop_indicator.as_of is 'Business date whose facts it was computed from.';
comment on column crm.shop_indicator.orders_placed is 'Orders of the date, whatever became of them.';
comment on column crm.shop_indicator.orders_paid is 'Of these, paid as known by as_of: neither unpaid nor cancelled.';
comment on column crm.shop_indicator.purchases is 'Of these, with something left after refunds.';
comment on column crm.shop_indicator.gross_revenue is 'Amount of orders_paid, after discounts, without shipping; reporting currency.';
comment on column crm.shop_indicator.refunds is 'Paid back of orders_paid so far, whenever it was; reporting currency.';
comment on column crm.shop_indicator.net_revenue is 'gross_revenue - refunds; reporting currency.';
comment on column crm.shop_indicator.anonymous_revenue is 'Part of net_revenue whose buyer is not named: it counts for the shop, never for a person; reporting currency.';
comment on column crm.shop_indicator.buyers is 'Customers with a purchase on the date.';
comment on column crm.shop_indicator.returning_buyers is 'Of these, with two purchases or more to date, those of the date included.';
comment on column crm.shop_indicator.returning_revenue is 'Net revenue of the purchases of returning_buyers on the date; reporting currency.';
comment on column crm.shop_indicator.new_members is 'Customers whose first purchase was on the date.';
comment on column crm.shop_indicator.members is 'Customers with a purchase to date.';
comment on column crm.shop_indicator.year_buyers is 'Customers with a purchase in the trailing days (evaluation.repurchase_days, 365), the date included.';
comment on column crm.shop_indicator.year_repeaters is 'Of these, with two purchases or more in those days.';
comment on column crm.shop_indicator.first_buyers is 'Customers whose first purchase was evaluation.second_purchase_days (90) ago or longer.';
comment on column crm.shop_indicator.second_buyers is 'Of these, who bought a second time within so many days of the first.';
comment on column crm.shop_indicator.messages_accepted is 'Messages of the send date that a provider took.';
comment on column crm.shop_indicator.messages_delivered is 'Of these, delivered, as the provider reported within evaluation.response_days (10 x 24 h from planned_send_at).';
comment on column crm.shop_indicator.messages_responded is 'Of these, clicked by a person or followed by a purchase that meets the campaign''s goal, within the same time.';
comment on column crm.shop_indicator.unsubscribes is 'Of these, followed by an opt-out within the same time.';
comment on column crm.shop_indicator.emails_delivered is 'messages_delivered by e-mail.';
comment on column crm.shop_indicator.emails_opened is 'Of these, opened by a person within the same time.';
comment on column crm.shop_indicator.emails_clicked is 'Of these, clicked by a person within the same time.';
comment on column crm.shop_indicator.deliverability_warning is 'The open rate of the date is so low (evaluation.deliverability) that the mail is probably put into junk folders.';

create table crm.cohort (
    shop text not null,
    cohort text not null,
    month text not null,
    buyers bigint not null,
    orders bigint not null,
    net_revenue numeric(18, 4) not null,
    primary key (shop, cohort, month)
);
create index cohort_by_month on crm.cohort (month);
comment on table crm.cohort is 'Customers by the month of their first purchase, and what they bought in each month since, as known now. Local table.';
comment on column crm.cohort.shop is 'Shop; "" = all shops.';
comment on column crm.cohort.cohort is 'Month of the first purchase (2017-11); "" = orders of nobody''s cohort: no named buyer, or paid before a first purchase and all of it given back.';
comment on column crm.cohort.month is 'Month of the orders (2017-12).';
comment on column crm.cohort.buyers is 'Customers of the cohort with a purchase in the month; in the first month that is all of them.';
comment on column crm.cohort.orders is 'Purchases in the month.';
comment on column crm.cohort.net_revenue is 'Net revenue of the paid orders of the month; reporting currency.';

create table crm.campaign_step (
    campaign text not null,
    occasion text not null,
    wave text not null,
    period text not null,
    treated boolean not null,
    kind text not null,
    window_days integer not null,
    as_of date not null,
    is_open boolean not null,
    assigned bigint not null,
    accepted bigint not null,
    delivered bigint not null,
    opened bigint not null,
    clicked bigint not null,
    bought bigint not null,
    clicked_and_bought bigint not null,
    orders bigint not null,
    revenue numeric(18, 4) not null,
    primary key (campaign, occasion, wave, period, treated)
);
comment on table crm.campaign_step is 'How many of each arm went each step from assignment to purchase, in the primary window; as known now. Local table.';
comment on column crm.campaign_step.campaign is 'Campaign.';
comment on column crm.campaign_step.occasion is 'Occasion; "" for continuous campaigns, which are pooled.';
comment on column crm.campaign_step.wave is 'Wave; "" for pooled campaigns.';
comment on column crm.campaign_step.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column crm.campaign_step.treated is 'Decided include; false: held out.';
comment on column crm.campaign_step.kind is 'Kind of campaign.';
comment on column crm.campaign_step.window_days is 'The declared primary window, w x 24 h from planned_send_at.';
comment on column crm.campaign_step.as_of is 'Business date as of which it was computed.';
comment on column crm.campaign_step.is_open is 'A window was not over at the end of as_of.';
comment on column crm.campaign_step.assigned is 'Customers, each once, from the first entry.';
comment on column crm.campaign_step.accepted is 'Of these, whose message the provider took.';
comment on column crm.campaign_step.delivered is 'Of these, to whom it was delivered within the window, as the provider reported.';
comment on column crm.campaign_step.opened is 'Who opened within the window, machines left out.';
comment on column crm.campaign_step.clicked is 'Who clicked within the window, machines left out.';
comment on column crm.campaign_step.bought is 'Who bought within the window, with or without a click.';
comment on column crm.campaign_step.clicked_and_bought is 'Of clicked, who bought within the window.';
comment on column crm.campaign_step.orders is 'Purchases within the window.';
comment on column crm.campaign_step.revenue is 'Net revenue of all paid orders within the window; reporting currency.';

create table crm.campaign_basket (
    campaign text not null,
    occasion text not null,
    wave text not null,
    period text not null,
    treated boolean not null,
    category text not null,
    customers bigint not null,
    orders bigint not null,
    quantity numeric(18, 4) not null,
    revenue numeric(18, 4) not null,
    new_to_category bigint not null,
    primary key (campaign, occasion, wave, period, treated, category)
);
comment on table crm.campaign_basket is 'What each arm bought in the primary window, by the top level of the category; as known now. Local table.';
comment on column crm.campaign_basket.campaign is 'Campaign.';
comment on column crm.campaign_basket.occasion is 'Occasion; "" for pooled campaigns.';
comment on column crm.campaign_basket.wave is 'Wave; "" for pooled campaigns.';
comment on column crm.campaign_basket.period is 'As in crm.campaign_step.';
comment on column crm.campaign_basket.treated is 'Decided include; false: held out.';
comment on column crm.campaign_basket.category is 'Top level of the category path; "" = not known.';
comment on column crm.campaign_basket.customers is 'Who bought of it and kept something.';
comment on column crm.campaign_basket.orders is 'Purchases with something of it left after refunds.';
comment on column crm.campaign_basket.quantity is 'Pieces of it in those orders.';
comment on column crm.campaign_basket.revenue is 'Paid for it, net of refunds; one that names no line is spread over the lines by their amounts; reporting currency.';
comment on column crm.campaign_basket.new_to_category is 'Of customers, who had never paid for anything of it before planned_send_at: cross-sell.';

create table crm.campaign_entry (
    campaign text not null,
    occasion text not null,
    wave text not null,
    period text not null,
    treated boolean not null,
    entry_source text not null,
    utm_campaign text not null,
    named_coupon boolean not null,
    customers bigint not null,
    orders bigint not null,
    revenue numeric(18, 4) not null,
    primary key (campaign, occasion, wave, period, treated, entry_source, utm_campaign, named_coupon)
);
comment on table crm.campaign_entry is 'Through which door the orders of each arm came in the primary window; as known now. Local table.';
comment on column crm.campaign_entry.campaign is 'Campaign.';
comment on column crm.campaign_entry.occasion is 'Occasion; "" for pooled campaigns.';
comment on column crm.campaign_entry.wave is 'Wave; "" for pooled campaigns.';
comment on column crm.campaign_entry.period is 'As in crm.campaign_step.';
comment on column crm.campaign_entry.treated is 'Decided include; false: held out.';
comment on column crm.campaign_entry.entry_source is 'Entry path as the shop names it; "" = not known.';
comment on column crm.campaign_entry.utm_campaign is 'utm_campaign of the visit that ordered; "" = none.';
comment on column crm.campaign_entry.named_coupon is 'The order names a code of this campaign, accepted or not.';
comment on column crm.campaign_entry.customers is 'Who bought that way.';
comment on column crm.campaign_entry.orders is 'Purchases that came that way.';
comment on column crm.campaign_entry.revenue is 'Net revenue of the paid orders that came that way; reporting currency.';

-- Send dates are looked up without a campaign; rows of a date lie together, so that a range index costs next to nothing.
create index message_by_date on crm.message using brin (send_date) with (pages_per_range = 32);

create view mart.shop_indicators as
with latest as (
    select distinct on (shop, business_date) *
    from crm.shop_indicator
    order by shop asc, business_date asc, version desc
)

select
    shop,
    business_date,
    orders_placed,
    orders_paid,
    cast(orders_paid as double precision) / nullif(orders_placed, 0) as payment_rate,
    purchases,
    gross_revenue,
    refunds,
    net_revenue,
    anonymous_revenue,
    round(net_revenue / nullif(purchases, 0), 4) as average_order_value,
    buyers,
    buyers - returning_buyers as new_buyers,
    returning_buyers,
    cast(returning_buyers as double precision) / nullif(buyers, 0) as returning_share,
    returning_revenue,
    cast(returning_revenue / nullif(net_revenue, 0) as double precision) as returning_contribution,
    members,
    new_members,
    cast(new_members as double precision) / nullif(members - new_members, 0) as member_growth,
    year_buyers,
    year_repeaters,
    cast(year_repeaters as double precision) / nullif(year_buyers, 0) as repurchase_rate,
    first_buyers,
    second_buyers,
    cast(second_buyers as double precision) / nullif(first_buyers, 0) as second_purchase_rate,
    messages_accepted,
    messages_delivered,
    messages_responded,
    cast(messages_responded as double precision) / nullif(messages_accepted, 0) as response_rate,
    unsubscribes,
    emails_delivered,
    emails_opened,
    cast(emails_opened as double precision) / nullif(emails_delivered, 0) as open_rate,
    emails_clicked,
    cast(emails_clicked as double precision) / nullif(emails_delivered, 0) as click_rate,
    deliverability_warning,
    version,
    as_of
from latest;
comment on view mart.shop_indicators is 'One row per shop and business date, and one of all shops (key: shop, business_date; shop "" = all). Rates are between 0 and 1, null where nothing is divided; formulas in docs/indicators.md. Accounts that place fake orders are left out.';
comment on column mart.shop_indicators.shop is 'Shop; "" = all shops.';
comment on column mart.shop_indicators.business_date is 'Date of the orders in the business''s time zone; of messages the send date.';
comment on column mart.shop_indicators.orders_placed is 'Orders of the date, whatever became of them.';
comment on column mart.shop_indicators.orders_paid is 'Of these, paid as known by as_of: neither unpaid nor cancelled.';
comment on column mart.shop_indicators.payment_rate is 'orders_paid / orders_placed.';
comment on column mart.shop_indicators.purchases is 'Paid orders with something left after refunds.';
comment on column mart.shop_indicators.gross_revenue is 'Amount of orders_paid after discounts, without shipping; reporting currency.';
comment on column mart.shop_indicators.refunds is 'Paid back of orders_paid so far, whenever it was paid back; reporting currency.';
comment on column mart.shop_indicators.net_revenue is 'gross_revenue - refunds; reporting currency.';
comment on column mart.shop_indicators.anonymous_revenue is 'Part of net_revenue whose buyer is not named; reporting currency.';
comment on column mart.shop_indicators.average_order_value is 'AOV: net_revenue / purchases; reporting currency.';
comment on column mart.shop_indicators.buyers is 'Customers with a purchase on the date.';
comment on column mart.shop_indicators.new_buyers is 'Of these, for whom it is the only purchase to date.';
comment on column mart.shop_indicators.returning_buyers is 'Of these, with two purchases or more to date.';
comment on column mart.shop_indicators.returning_share is 'returning_buyers / buyers.';
comment on column mart.shop_indicators.returning_revenue is 'Net revenue of the purchases of returning_buyers on the date; reporting currency.';
comment on column mart.shop_indicators.returning_contribution is 'returning_revenue / net_revenue.';
comment on column mart.shop_indicators.members is 'Customers with a purchase to date.';
comment on column mart.shop_indicators.new_members is 'Customers whose first purchase was on the date.';
comment on column mart.shop_indicators.member_growth is 'new_members / members of the day before.';
comment on column mart.shop_indicators.year_buyers is 'Customers with a purchase in the 365 days (evaluation.repurchase_days) that end with the date.';
comment on column mart.shop_indicators.year_repeaters is 'Of these, with two purchases or more in those days.';
comment on column mart.shop_indicators.repurchase_rate is 'year_repeaters / year_buyers.';
comment on column mart.shop_indicators.first_buyers is 'Customers whose first purchase was 90 days ago or longer (evaluation.second_purchase_days).';
comment on column mart.shop_indicators.second_buyers is 'Of these, who bought a second time within those days.';
comment on column mart.shop_indicators.second_purchase_rate is 'second_buyers / first_buyers.';
comment on column mart.shop_indicators.messages_accepted is 'Messages of the send date that a provider took.';
comment on column mart.shop_indicators.messages_delivered is 'Of these, delivered within 10 days (evaluation.response_days), as the provider reported.';
comment on column mart.shop_indicators.messages_responded is 'Of messages_accepted, clicked by a person, or followed by a purchase that meets the campaign''s goal, within those days. Not an effect: many would have bought anyway.';
comment on column mart.shop_indicators.response_rate is 'messages_responded / messages_accepted.';
comment on column mart.shop_indicators.unsubscribes is 'Of messages_accepted, followed by an opt-out within those days.';
comment on column mart.shop_indicators.emails_delivered is 'messages_delivered by e-mail.';
comment on column mart.shop_indicators.emails_opened is 'Of these, opened by a person within those days.';
comment on column mart.shop_indicators.open_rate is 'emails_opened / emails_delivered.';
comment on column mart.shop_indicators.emails_clicked is 'Of emails_delivered, clicked by a person within those days.';
comment on column mart.shop_indicators.click_rate is 'emails_clicked / emails_delivered.';
comment on column mart.shop_indicators.deliverability_warning is 'open_rate is below 0.05, of 100 delivered or more, two days after the send date (evaluation.deliverability): junk folders, probably.';
comment on column mart.shop_indicators.version is 'Version: a late order, refund or response makes another; the older ones stay in crm.shop_indicator.';
comment on column mart.shop_indicators.as_of is 'Business date whose facts this version was computed from.';

create view mart.cohorts as
with latest as (
    select max(as_of) as as_of from crm.indicator_refresh
),

first_month as (
    select
        shop,
        cohort,
        buyers as customers
    from crm.cohort
    where cohort = month
),

due as (
    -- Months in which nobody of a cohort bought are months, too.
    select
        first_month.shop,
        first_month.cohort,
        first_month.customers,
        to_char(calendar.month, 'YYYY-MM') as month
    from first_month
    cross join latest
    cross join
        lateral generate_series(
            to_date(first_month.cohort, 'YYYY-MM'), latest.as_of, interval '1 month'
        ) as calendar (month)
    union all
    select
        shop,
        cohort,
        0 as customers,
        month
    from crm.cohort
    where cohort = ''
)

select
    due.shop,
    due.cohort,
    due.month,
    case
        when due.cohort <> '' then
            12 * (cast(left(due.month, 4) as integer) - cast(left(due.cohort, 4) as integer))
            + cast(right(due.month, 2) as integer) - cast(right(due.cohort, 2) as integer)
    end as months_since,
    due.customers,
    coalesce(cohort.buyers, 0) as buyers,
    cast(coalesce(cohort.buyers, 0) as double precision) / nullif(due.customers, 0) as returning_share,
    coalesce(cohort.orders, 0) as orders,
    coalesce(cohort.net_revenue, 0) as net_revenue,
    due.month < to_char(latest.as_of + 1, 'YYYY-MM') as is_complete
from due
left join crm.cohort as cohort
    on due.shop = cohort.shop and due.cohort = cohort.cohort and due.month = cohort.month
cross join latest;
comment on view mart.cohorts is 'One row per shop, cohort and month since (key: shop, cohort, month; shop "" = all). Sums to the net revenue of mart.shop_indicators.';
comment on column mart.cohorts.shop is 'Shop; "" = all shops.';
comment on column mart.cohorts.cohort is 'Month of the first purchase (2017-11); "" = orders of nobody''s cohort: no named buyer, or nothing left of them before a first purchase.';
comment on column mart.cohorts.month is 'Month of the orders (2017-12).';
comment on column mart.cohorts.months_since is 'Months since the first purchase; 0 = the month of it.';
comment on column mart.cohorts.customers is 'Customers of the cohort.';
comment on column mart.cohorts.buyers is 'Of these, with a purchase in the month.';
comment on column mart.cohorts.returning_share is 'buyers / customers; 1 in the first month by definition.';
comment on column mart.cohorts.orders is 'Purchases in the month.';
comment on column mart.cohorts.net_revenue is 'Net revenue of the paid orders of the month; reporting currency.';
comment on column mart.cohorts.is_complete is 'False: the month is not over yet.';

create view mart.campaign_steps as
with latest as (
    select distinct
        campaign,
        occasion,
        wave,
        period,
        assignment
    from crm.result
)

select
    step.campaign,
    step.kind,
    step.occasion,
    step.wave,
    step.period,
    case when step.treated then 'treated' else 'held_out' end as arm,
    coalesce(latest.assignment, 'randomised') as assignment,
    step.window_days,
    step.is_open,
    step.assigned,
    case when step.treated then step.accepted end as accepted,
    case when step.treated then step.delivered end as delivered,
    case when step.treated then step.opened end as opened,
    case when step.treated then step.clicked end as clicked,
    step.bought,
    case when step.treated then step.clicked_and_bought end as clicked_and_bought,
    step.orders,
    step.revenue,
    case when step.treated then cast(step.accepted as double precision) / nullif(step.assigned, 0) end as accepted_rate,
    case when step.treated then cast(step.delivered as double precision) / nullif(step.accepted, 0) end as delivered_rate,
    case when step.treated then cast(step.opened as double precision) / nullif(step.delivered, 0) end as opened_rate,
    case when step.treated then cast(step.clicked as double precision) / nullif(step.delivered, 0) end as clicked_rate,
    case
        when step.treated then cast(step.clicked_and_bought as double precision) / nullif(step.clicked, 0)
    end as bought_after_click_rate,
    cast(step.bought as double precision) / nullif(step.assigned, 0) as bought_rate,
    step.as_of
from crm.campaign_step as step
left join latest
    on
        step.campaign = latest.campaign
        and step.occasion = latest.occasion
        and step.wave = latest.wave
        and step.period = latest.period;
comment on view mart.campaign_steps is 'One row per campaign, occasion, wave (or period) and arm: from assignment to purchase in the primary window (key: campaign, occasion, wave, period, arm). Who opened or clicked chose to: only the arms as a whole may be compared.';
comment on column mart.campaign_steps.campaign is 'Campaign.';
comment on column mart.campaign_steps.kind is 'Kind of campaign.';
comment on column mart.campaign_steps.occasion is 'Occasion; "" for pooled campaigns.';
comment on column mart.campaign_steps.wave is 'Wave; "" for pooled campaigns.';
comment on column mart.campaign_steps.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column mart.campaign_steps.arm is 'treated or held_out.';
comment on column mart.campaign_steps.assignment is 'randomised (held out by lot), or observational: the arms were not drawn and cannot be compared as they stand.';
comment on column mart.campaign_steps.window_days is 'The declared primary window, w x 24 h from planned_send_at.';
comment on column mart.campaign_steps.is_open is 'A window was not over at the end of as_of.';
comment on column mart.campaign_steps.assigned is 'Customers, each once, from the first entry.';
comment on column mart.campaign_steps.accepted is 'Of these, whose message the provider took; null for the held-out, here and in what follows.';
comment on column mart.campaign_steps.delivered is 'Of these, to whom it was delivered within the window, as the provider reported.';
comment on column mart.campaign_steps.opened is 'Who opened within the window, machines left out.';
comment on column mart.campaign_steps.clicked is 'Who clicked within the window, machines left out.';
comment on column mart.campaign_steps.bought is 'Who bought within the window, with or without a click.';
comment on column mart.campaign_steps.clicked_and_bought is 'Of clicked, who bought within the window.';
comment on column mart.campaign_steps.orders is 'Purchases within the window.';
comment on column mart.campaign_steps.revenue is 'Net revenue of all paid orders within the window; reporting currency.';
comment on column mart.campaign_steps.accepted_rate is 'accepted / assigned.';
comment on column mart.campaign_steps.delivered_rate is 'delivered / accepted.';
comment on column mart.campaign_steps.opened_rate is 'opened / delivered.';
comment on column mart.campaign_steps.clicked_rate is 'clicked / delivered.';
comment on column mart.campaign_steps.bought_after_click_rate is 'clicked_and_bought / clicked.';
comment on column mart.campaign_steps.bought_rate is 'bought / assigned: the one rate that both arms have.';
comment on column mart.campaign_steps.as_of is 'Business date as of which it was computed.';

create view mart.campaign_baskets as
select
    step.campaign,
    step.kind,
    step.occasion,
    step.wave,
    step.period,
    step.arm,
    step.assignment,
    step.window_days,
    step.is_open,
    basket.category,
    basket.customers,
    basket.orders,
    basket.quantity,
    basket.revenue,
    basket.new_to_category,
    cast(basket.new_to_category as double precision) / nullif(basket.customers, 0) as new_share,
    cast(basket.customers as double precision) / nullif(step.assigned, 0) as bought_rate,
    step.as_of
from mart.campaign_steps as step
inner join crm.campaign_basket as basket
    on
        step.campaign = basket.campaign
        and step.occasion = basket.occasion
        and step.wave = basket.wave
        and step.period = basket.period
        and (step.arm = 'treated') = basket.treated;
comment on view mart.campaign_baskets is 'What each arm bought in the primary window: one row per campaign, occasion, wave (or period), arm and top category (key: all of these). Revenue sums to that of mart.campaign_steps.';
comment on column mart.campaign_baskets.campaign is 'Campaign.';
comment on column mart.campaign_baskets.kind is 'Kind of campaign.';
comment on column mart.campaign_baskets.occasion is 'Occasion; "" for pooled campaigns.';
comment on column mart.campaign_baskets.wave is 'Wave; "" for pooled campaigns.';
comment on column mart.campaign_baskets.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column mart.campaign_baskets.arm is 'treated or held_out.';
comment on column mart.campaign_baskets.assignment is 'randomised, or observational: the arms were not drawn and cannot be compared as they stand.';
comment on column mart.campaign_baskets.window_days is 'The declared primary window.';
comment on column mart.campaign_baskets.is_open is 'A window was not over at the end of as_of.';
comment on column mart.campaign_baskets.category is 'Top level of the category path; "" = not known.';
comment on column mart.campaign_baskets.customers is 'Who bought of it and kept something.';
comment on column mart.campaign_baskets.orders is 'Purchases with something of it left after refunds.';
comment on column mart.campaign_baskets.quantity is 'Pieces of it in those orders.';
comment on column mart.campaign_baskets.revenue is 'Paid for it, net of refunds; reporting currency.';
comment on column mart.campaign_baskets.new_to_category is 'Of customers, who had never paid for anything of it before planned_send_at: cross-sell.';
comment on column mart.campaign_baskets.new_share is 'new_to_category / customers.';
comment on column mart.campaign_baskets.bought_rate is 'customers / all customers of the arm, so that arms of unequal size stand side by side.';
comment on column mart.campaign_baskets.as_of is 'Business date as of which it was computed.';

create view mart.campaign_entries as
select
    step.campaign,
    step.kind,
    step.occasion,
    step.wave,
    step.period,
    step.arm,
    step.assignment,
    step.window_days,
    step.is_open,
    entry.entry_source,
    entry.utm_campaign,
    entry.named_coupon,
    entry.customers,
    entry.orders,
    entry.revenue,
    cast(entry.customers as double precision) / nullif(step.assigned, 0) as bought_rate,
    step.as_of
from mart.campaign_steps as step
inner join crm.campaign_entry as entry
    on
        step.campaign = entry.campaign
        and step.occasion = entry.occasion
        and step.wave = entry.wave
        and step.period = entry.period
        and (step.arm = 'treated') = entry.treated;
comment on view mart.campaign_entries is 'Through which door the orders of each arm came in the primary window: one row per campaign, occasion, wave (or period), arm, entry path, utm_campaign and coupon (key: all of these). Revenue sums to that of mart.campaign_steps.';
comment on column mart.campaign_entries.campaign is 'Campaign.';
comment on column mart.campaign_entries.kind is 'Kind of campaign.';
comment on column mart.campaign_entries.occasion is 'Occasion; "" for pooled campaigns.';
comment on column mart.campaign_entries.wave is 'Wave; "" for pooled campaigns.';
comment on column mart.campaign_entries.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column mart.campaign_entries.arm is 'treated or held_out.';
comment on column mart.campaign_entries.assignment is 'randomised, or observational: the arms were not drawn and cannot be compared as they stand.';
comment on column mart.campaign_entries.window_days is 'The declared primary window.';
comment on column mart.campaign_entries.is_open is 'A window was not over at the end of as_of.';
comment on column mart.campaign_entries.entry_source is 'Entry path as the shop names it; "" = not known.';
comment on column mart.campaign_entries.utm_campaign is 'utm_campaign of the visit that ordered; "" = none.';
comment on column mart.campaign_entries.named_coupon is 'The order names a code of this campaign, accepted or not.';
comment on column mart.campaign_entries.customers is 'Who bought that way.';
comment on column mart.campaign_entries.orders is 'Purchases that came that way.';
comment on column mart.campaign_entries.revenue is 'Net revenue of the paid orders that came that way; reporting currency.';
comment on column mart.campaign_entries.bought_rate is 'customers / all customers of the arm.';
comment on column mart.campaign_entries.as_of is 'Business date as of which it was computed.';

grant select, insert, update, delete on crm.indicator_refresh, crm.indicated_file, crm.cohort to crm_writer;
grant select, insert, update, delete on crm.campaign_step, crm.campaign_basket, crm.campaign_entry to crm_writer;
-- Figures that were reported can be found again: versions are added, never taken back.
grant select, insert on crm.shop_indicator to crm_writer;
grant select on mart.shop_indicators, mart.cohorts to crm_writer, crm_reader;
grant select on mart.campaign_steps, mart.campaign_baskets, mart.campaign_entries to crm_writer, crm_reader;
