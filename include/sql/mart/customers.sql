-- Makes mart.customers from crm.consent, crm.customer, crm.customer_profile, crm.customer_state, crm.refresh,
-- crm.segment.
create or replace view mart.customers as
with latest as (
    -- Recency goes on growing while nothing happens to a customer; the state is recomputed only when a score changes.
    select max(as_of) as as_of from crm.refresh
)

select
    customer.customer_id,
    customer.shop,
    customer.known_on,
    profile.country,
    profile.region,
    coalesce(profile.fake_orders, false) as fake_orders,
    state.tier,
    state.segment,
    segment.label_en as segment_label_en,
    segment.label_zh as segment_label_zh,
    case when not coalesce(profile.fake_orders, false) then coalesce(state.stage, 'prospect') end as stage,
    latest.as_of,
    latest.as_of - state.last_order_on as recency_days,
    state.frequency,
    state.monetary,
    state.recency_score,
    state.frequency_score,
    state.monetary_score,
    coalesce(state.order_count, 0) as order_count,
    coalesce(state.net_revenue, 0) as net_revenue,
    state.average_order_value,
    state.median_interval_days,
    state.first_order_on,
    state.last_order_on,
    coalesce(email.granted, false) as email_consent,
    coalesce(sms.granted, false) as sms_consent
from crm.customer as customer
left join crm.customer_profile as profile
    on customer.customer_id = profile.customer_id and profile.valid_to is null
left join crm.customer_state as state
    on customer.customer_id = state.customer_id
left join crm.consent as email
    on customer.customer_id = email.customer_id and email.channel = 'email' and email.valid_to is null
left join crm.consent as sms
    on customer.customer_id = sms.customer_id and sms.channel = 'sms' and sms.valid_to is null
left join crm.segment as segment
    on state.segment = segment.segment
cross join latest
where not customer.is_anonymous;

comment on view mart.customers is 'One row per customer (key: customer_id), as of the latest refresh. No personal data. Joins everything else on customer_id.';
comment on column mart.customers.customer_id is 'Key: a number that says nothing of the person.';
comment on column mart.customers.shop is 'Shop.';
comment on column mart.customers.known_on is 'Business date from which the customer was known.';
comment on column mart.customers.country is 'ISO 3166 country.';
comment on column mart.customers.region is 'Region (state, province) as the shop names it.';
comment on column mart.customers.fake_orders is 'Account that places fake orders: it has no state, counts in no indicator, and no campaign writes to it. Its orders stay in mart.orders, mart.order_lines, mart.refunds and mart.daily_sales.';
comment on column mart.customers.tier is 'Member tier by net_revenue (business settings); null before the first purchase.';
comment on column mart.customers.segment is 'RFM segment (mart.rfm_segments); null while there are too few buyers.';
comment on column mart.customers.segment_label_en is 'English label of the segment.';
comment on column mart.customers.segment_label_zh is 'Chinese label of the segment.';
comment on column mart.customers.stage is 'Lifecycle: prospect, new, active, lapsing or lapsed; null for fake accounts.';
comment on column mart.customers.as_of is 'Business date of the latest refresh; recency_days is as of its end.';
comment on column mart.customers.recency_days is 'R: days from the last purchase to as_of.';
comment on column mart.customers.frequency is 'F: purchases within the RFM window.';
comment on column mart.customers.monetary is 'M: paid within the RFM window, net of refunds; reporting currency.';
comment on column mart.customers.recency_score is 'Score of R (highest is best unless the business settings say otherwise).';
comment on column mart.customers.frequency_score is 'Score of F.';
comment on column mart.customers.monetary_score is 'Score of M.';
comment on column mart.customers.order_count is 'Purchases ever: paid orders with something left after refunds.';
comment on column mart.customers.net_revenue is 'Paid ever, net of refunds; reporting currency.';
comment on column mart.customers.average_order_value is 'net_revenue / order_count; reporting currency.';
comment on column mart.customers.median_interval_days is 'Median days between purchase days of the window (rfm.window_days) that ends with the last purchase; null below two purchase days in it.';
comment on column mart.customers.first_order_on is 'Date of the first purchase, business time zone.';
comment on column mart.customers.last_order_on is 'Date of the last purchase, business time zone.';
comment on column mart.customers.email_consent is 'May be written to by e-mail, as far as consent goes.';
comment on column mart.customers.sms_consent is 'May be written to by SMS, as far as consent goes.';
