-- Makes mart.shop_indicators from crm.shop_indicator.
create or replace view mart.shop_indicators as
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
comment on column mart.shop_indicators.refunds is 'Paid back of orders_paid so far, whenever it was paid back, and on this date without naming an order; reporting currency.';
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
