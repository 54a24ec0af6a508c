-- What BI tools read: stable names, current versions alone, no personal data. A view runs with its owner's rights, so
-- crm_reader needs none on crm. Names, e-mails, mobiles, birthdays, the shop's own customer ids and the keys of addresses
-- (anybody can hash an address that he knows) appear in none of them.

create view mart.customers as
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
comment on column mart.customers.fake_orders is 'Account that places fake orders: it has no state, and no campaign writes to it.';
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
comment on column mart.customers.median_interval_days is 'Median days between purchase days; null below two.';
comment on column mart.customers.first_order_on is 'Date of the first purchase, business time zone.';
comment on column mart.customers.last_order_on is 'Date of the last purchase, business time zone.';
comment on column mart.customers.email_consent is 'May be written to by e-mail, as far as consent goes.';
comment on column mart.customers.sms_consent is 'May be written to by SMS, as far as consent goes.';

create view mart.customer_history as
select
    history.customer_id,
    history.valid_from,
    history.valid_to,
    history.segment,
    segment.label_en as segment_label_en,
    segment.label_zh as segment_label_zh,
    history.tier,
    history.stage,
    history.recency_score,
    history.frequency_score,
    history.monetary_score
from crm.customer_history as history
left join crm.segment as segment
    on history.segment = segment.segment;
comment on view mart.customer_history is 'One row per customer and change of scores, segment, tier or stage (key: customer_id, valid_from). So on day X: valid_from <= X and (valid_to is null or valid_to > X). Joins mart.customers.';
comment on column mart.customer_history.customer_id is 'Customer.';
comment on column mart.customer_history.valid_from is 'Business date from which it was so.';
comment on column mart.customer_history.valid_to is 'Business date from which it was otherwise; null = still so.';
comment on column mart.customer_history.segment is 'RFM segment.';
comment on column mart.customer_history.segment_label_en is 'English label of the segment.';
comment on column mart.customer_history.segment_label_zh is 'Chinese label of the segment.';
comment on column mart.customer_history.tier is 'Member tier.';
comment on column mart.customer_history.stage is 'Lifecycle stage.';
comment on column mart.customer_history.recency_score is 'Score of R.';
comment on column mart.customer_history.frequency_score is 'Score of F.';
comment on column mart.customer_history.monetary_score is 'Score of M.';

create view mart.orders as
with refunded as (
    select
        customer_id,
        order_key,
        sum(amount) as refunded
    from crm.refund
    where known_until is null and order_key is not null
    group by customer_id, order_key
)

select
    orders.order_key,
    orders.shop,
    orders.order_id,
    case when not customer.is_anonymous then orders.customer_id end as customer_id,
    orders.status,
    orders.status not in ('unpaid', 'cancelled') as is_paid,
    orders.ordered_at,
    orders.ordered_on,
    orders.paid_at,
    orders.line_count,
    orders.quantity,
    orders.amount,
    orders.discount,
    orders.shipping_fee,
    -- A wholly refunded order may come without a refund of its own.
    coalesce(refunded.refunded, case when orders.status = 'refunded' then orders.amount else 0 end) as refunded,
    case
        when orders.status in ('unpaid', 'cancelled') then 0
        when orders.status = 'refunded' and refunded.refunded is null then 0
        else orders.amount - coalesce(refunded.refunded, 0)
    end as net_amount,
    orders.coupon_codes,
    orders.entry_source,
    orders.utm_campaign,
    orders.known_on
from crm.orders as orders
inner join crm.customer as customer
    on orders.customer_id = customer.customer_id
left join refunded
    on orders.customer_id = refunded.customer_id and orders.order_key = refunded.order_key
where orders.known_until is null;
comment on view mart.orders is 'One row per order as it is known now (key: order_key). Joins mart.customers on customer_id, mart.order_lines and mart.refunds on order_key.';
comment on column mart.orders.order_key is 'Key.';
comment on column mart.orders.shop is 'Shop.';
comment on column mart.orders.order_id is 'The shop''s own order id.';
comment on column mart.orders.customer_id is 'Buyer; null where the shop does not name one: such orders count for the shop alone.';
comment on column mart.orders.status is 'unpaid, paid, shipped, completed, cancelled or refunded (wholly).';
comment on column mart.orders.is_paid is 'Counts as revenue: neither unpaid nor cancelled.';
comment on column mart.orders.ordered_at is 'When it was ordered (an instant; show it in the business''s time zone).';
comment on column mart.orders.ordered_on is 'Date of ordered_at in the business''s time zone.';
comment on column mart.orders.paid_at is 'When it was paid, if the source tells.';
comment on column mart.orders.line_count is 'Order lines.';
comment on column mart.orders.quantity is 'Pieces.';
comment on column mart.orders.amount is 'Sum of the lines after discounts, without shipping, before refunds; reporting currency.';
comment on column mart.orders.discount is 'Discount already taken off the amount; reporting currency.';
comment on column mart.orders.shipping_fee is 'Shipping paid by the customer; reporting currency.';
comment on column mart.orders.refunded is 'Paid back so far; reporting currency.';
comment on column mart.orders.net_amount is 'amount - refunded of a paid order, else 0; reporting currency.';
comment on column mart.orders.coupon_codes is 'Coupon codes used.';
comment on column mart.orders.entry_source is 'Entry path as the shop names it.';
comment on column mart.orders.utm_campaign is 'utm_campaign of the visit that ordered.';
comment on column mart.orders.known_on is 'Business date whose delivery told us this version.';

create view mart.order_lines as
select
    line.order_key,
    line.line_number,
    orders.shop,
    case when not customer.is_anonymous then line.customer_id end as customer_id,
    orders.status not in ('unpaid', 'cancelled') as is_paid,
    orders.ordered_on,
    line.product_id,
    line.quantity,
    line.unit_price,
    line.amount,
    line.discount
from crm.orders as orders
inner join crm.order_line as line
    on
        orders.customer_id = line.customer_id
        and orders.order_key = line.order_key
        and orders.file_version_id = line.file_version_id
inner join crm.customer as customer
    on orders.customer_id = customer.customer_id
where orders.known_until is null;
comment on view mart.order_lines is 'One row per line of an order as it is known now (key: order_key, line_number). Joins mart.orders on order_key, mart.products on product_id.';
comment on column mart.order_lines.order_key is 'Order.';
comment on column mart.order_lines.line_number is 'Position in the order, from 1.';
comment on column mart.order_lines.shop is 'Shop.';
comment on column mart.order_lines.customer_id is 'Buyer; null where the shop does not name one.';
comment on column mart.order_lines.is_paid is 'The order counts as revenue: neither unpaid nor cancelled.';
comment on column mart.order_lines.ordered_on is 'Date of the order in the business''s time zone.';
comment on column mart.order_lines.product_id is 'Product; null in order-level files.';
comment on column mart.order_lines.quantity is 'Pieces (may be zero or negative).';
comment on column mart.order_lines.unit_price is 'Price per piece as delivered; reporting currency.';
comment on column mart.order_lines.amount is 'Paid for the line after discounts, before refunds; reporting currency.';
comment on column mart.order_lines.discount is 'Discount already taken off the amount; reporting currency.';

create view mart.refunds as
select
    refund.refund_key,
    refund.shop,
    refund.refund_id,
    case when not customer.is_anonymous then refund.customer_id end as customer_id,
    refund.order_key,
    refund.line_number,
    refund.product_id,
    refund.amount,
    -- A cancelled or unpaid order brought no revenue: its refund takes none away.
    coalesce(orders.status not in ('unpaid', 'cancelled'), true) as counts,
    refund.refunded_at,
    refund.refunded_on,
    refund.known_on
from crm.refund as refund
inner join crm.customer as customer
    on refund.customer_id = customer.customer_id
left join crm.orders as orders
    on
        refund.customer_id = orders.customer_id
        and refund.order_key = orders.order_key
        and orders.known_until is null
where refund.known_until is null;
comment on view mart.refunds is 'One row per refund or cancellation as it is known now (key: refund_key). Joins mart.orders on order_key, where there is one.';
comment on column mart.refunds.refund_key is 'Key.';
comment on column mart.refunds.shop is 'Shop.';
comment on column mart.refunds.refund_id is 'The shop''s refund id.';
comment on column mart.refunds.customer_id is 'Buyer; null where the shop does not name one.';
comment on column mart.refunds.order_key is 'Order; null for a cancellation without its order.';
comment on column mart.refunds.line_number is 'Line of that order, if known.';
comment on column mart.refunds.product_id is 'Product that came back, if known.';
comment on column mart.refunds.amount is 'Paid back, positive; reporting currency.';
comment on column mart.refunds.counts is 'Lowers net revenue: false where the order itself brought none (unpaid or cancelled).';
comment on column mart.refunds.refunded_at is 'When it was paid back (an instant).';
comment on column mart.refunds.refunded_on is 'Date of refunded_at in the business''s time zone.';
comment on column mart.refunds.known_on is 'Business date whose delivery told us this version.';

create view mart.daily_sales as
with sold as (
    select
        shop,
        ordered_on as day,
        count(*) as orders,
        sum(line_count) as lines,
        count(distinct customer_id) as customers,
        sum(amount) as gross
    from mart.orders
    where is_paid
    group by shop, ordered_on
),

taken_back as (
    select
        shop,
        refunded_on as day,
        amount
    from mart.refunds
    where counts
    union all
    -- wholly refunded, nobody said when
    select
        orders.shop,
        orders.ordered_on,
        orders.refunded
    from mart.orders as orders
    where
        orders.status = 'refunded'
        and not exists (select from mart.refunds as refund where refund.order_key = orders.order_key)
),

paid_back as (
    select
        shop,
        day,
        sum(amount) as refunds
    from taken_back
    group by shop, day
)

select
    coalesce(sold.shop, paid_back.shop) as shop,
    coalesce(sold.day, paid_back.day) as day,
    coalesce(sold.orders, 0) as orders,
    coalesce(sold.lines, 0) as lines,
    coalesce(sold.customers, 0) as customers,
    coalesce(sold.gross, 0) as gross,
    coalesce(paid_back.refunds, 0) as refunds,
    coalesce(sold.gross, 0) - coalesce(paid_back.refunds, 0) as net
from sold
full outer join paid_back
    on sold.shop = paid_back.shop and sold.day = paid_back.day;
comment on view mart.daily_sales is 'One row per shop and date with sales or refunds (key: shop, day). Refunds stand on the day they were paid back, not on the day of the order (unless nobody said when).';
comment on column mart.daily_sales.shop is 'Shop.';
comment on column mart.daily_sales.day is 'Date in the business''s time zone.';
comment on column mart.daily_sales.orders is 'Paid orders of the day.';
comment on column mart.daily_sales.lines is 'Their lines.';
comment on column mart.daily_sales.customers is 'Customers who placed them; orders without a named buyer count for none.';
comment on column mart.daily_sales.gross is 'Their amount before refunds, without shipping; reporting currency.';
comment on column mart.daily_sales.refunds is 'Paid back on that day; reporting currency.';
comment on column mart.daily_sales.net is 'gross - refunds; reporting currency.';

create view mart.rfm_segments as
with sizes as (
    select
        segment,
        count(*) as customers,
        avg(recency_days) as average_recency_days,
        avg(frequency) as average_frequency,
        avg(monetary) as average_monetary,
        sum(net_revenue) as net_revenue
    from mart.customers
    where segment is not null
    group by segment
)

select
    segment.segment,
    segment.label_en,
    segment.label_zh,
    segment.recency_high,
    segment.frequency_high,
    segment.monetary_high,
    coalesce(sizes.customers, 0) as customers,
    round(coalesce(sizes.customers, 0) / nullif(sum(sizes.customers) over (), 0), 4) as share,
    round(sizes.average_recency_days, 1) as average_recency_days,
    round(sizes.average_frequency, 2) as average_frequency,
    round(sizes.average_monetary, 2) as average_monetary,
    coalesce(sizes.net_revenue, 0) as net_revenue
from crm.segment as segment
left join sizes
    on segment.segment = sizes.segment;
comment on view mart.rfm_segments is 'One row per RFM segment, all eight of them (key: segment): size and averages now. Joins mart.customers on segment.';
comment on column mart.rfm_segments.segment is 'Code.';
comment on column mart.rfm_segments.label_en is 'English label.';
comment on column mart.rfm_segments.label_zh is 'Chinese label.';
comment on column mart.rfm_segments.recency_high is 'Bought recently.';
comment on column mart.rfm_segments.frequency_high is 'Buys often.';
comment on column mart.rfm_segments.monetary_high is 'Spends much.';
comment on column mart.rfm_segments.customers is 'Customers in it.';
comment on column mart.rfm_segments.share is 'Share of all customers with a segment, 0 to 1.';
comment on column mart.rfm_segments.average_recency_days is 'Average R in days.';
comment on column mart.rfm_segments.average_frequency is 'Average F: purchases in the window.';
comment on column mart.rfm_segments.average_monetary is 'Average M; reporting currency.';
comment on column mart.rfm_segments.net_revenue is 'Paid ever by its customers, net of refunds; reporting currency.';

create view mart.repurchase_cycles as
select
    cycle.level,
    cycle.item_key,
    product.product_id,
    product.name as product_name,
    case when cycle.level = 'category' then cycle.item_key else product.category end as category,
    cycle.cycle_days,
    cycle.intervals,
    cycle.open_intervals,
    cycle.customers,
    cycle.repeat_share,
    cycle.expected_value,
    cycle.calibrated_on,
    cycle.own_cycle_days,
    cycle.borrowed_cycle_days,
    cycle.own_weight
from crm.repurchase_cycle as cycle
left join crm.product as product
    on cycle.level = 'product' and cycle.item_key = cast(product.product_id as text) and product.valid_to is null
where cycle.calibrated_on = (select max(latest.calibrated_on) from crm.repurchase_cycle as latest);
comment on view mart.repurchase_cycles is 'One row per shop, category or product (key: level, item_key): days to the next purchase by the latest calibration, Kaplan-Meier median with open intervals censored, a product''s shrunk towards its category''s.';
comment on column mart.repurchase_cycles.level is 'shop, category or product.';
comment on column mart.repurchase_cycles.item_key is '"" for the shop, the category path, or the product_id as text.';
comment on column mart.repurchase_cycles.product_id is 'Product, on that level; joins mart.products.';
comment on column mart.repurchase_cycles.product_name is 'Name of the product.';
comment on column mart.repurchase_cycles.category is 'Category path, or the product''s.';
comment on column mart.repurchase_cycles.cycle_days is 'Days, own and borrowed by their weights on the logarithm; null = no cycle.';
comment on column mart.repurchase_cycles.intervals is 'Closed intervals: the sample size.';
comment on column mart.repurchase_cycles.open_intervals is 'Intervals still open at calibration.';
comment on column mart.repurchase_cycles.customers is 'Buyers.';
comment on column mart.repurchase_cycles.repeat_share is 'Share of the buyers who bought it on a second day, 0 to 1.';
comment on column mart.repurchase_cycles.expected_value is 'Average paid on a purchase day of it; reporting currency.';
comment on column mart.repurchase_cycles.calibrated_on is 'Business date as of which it was estimated.';
comment on column mart.repurchase_cycles.own_cycle_days is 'Median of its own intervals; null where less than half ever come back.';
comment on column mart.repurchase_cycles.borrowed_cycle_days is 'The category''s median, where a product borrowed it.';
comment on column mart.repurchase_cycles.own_weight is 'Weight of the own median, 0 to 1; 1 where nothing was borrowed.';

create view mart.decisions as
select
    customer_id,
    campaign,
    occasion,
    instance,
    wave,
    kind,
    business_date,
    send_date,
    occasion_date,
    priority,
    decision,
    reason,
    reasons,
    channel,
    arm,
    variant,
    segment,
    tier,
    stage,
    locale,
    goal,
    goal_item,
    item_key,
    offer,
    coupon_cost,
    sending_cost,
    planned_send_at,
    cut_off_at
from crm.decision;
comment on view mart.decisions is 'Every candidate of every due campaign, in or out, with the reason (key: customer_id, campaign, occasion, instance, wave). Joins mart.customers, mart.messages.';
comment on column mart.decisions.customer_id is 'Candidate.';
comment on column mart.decisions.campaign is 'Campaign.';
comment on column mart.decisions.occasion is 'Dated occasion; for continuous campaigns the year.';
comment on column mart.decisions.instance is 'What makes it once only in a continuous campaign; "" elsewhere.';
comment on column mart.decisions.wave is 'Wave of the campaign.';
comment on column mart.decisions.kind is 'holiday, birthday, seasonal or repurchase.';
comment on column mart.decisions.business_date is 'Business date whose data were read.';
comment on column mart.decisions.send_date is 'Day on which the message goes out.';
comment on column mart.decisions.occasion_date is 'Date of the occasion itself.';
comment on column mart.decisions.priority is 'Priority of the campaign, 1 first.';
comment on column mart.decisions.decision is 'include, hold_out (the campaign''s control) or exclude.';
comment on column mart.decisions.reason is 'First reason of an exclusion; null for the others.';
comment on column mart.decisions.reasons is 'All reasons that applied, in order.';
comment on column mart.decisions.channel is 'email or sms; also for held-out customers.';
comment on column mart.decisions.arm is 'treatment or control; null where excluded.';
comment on column mart.decisions.variant is 'Variant of words and offer.';
comment on column mart.decisions.segment is 'RFM segment at assignment.';
comment on column mart.decisions.tier is 'Tier at assignment.';
comment on column mart.decisions.stage is 'Lifecycle stage at assignment.';
comment on column mart.decisions.locale is 'Language of the message.';
comment on column mart.decisions.goal is 'Declared goal: any_order, product, category or minimum_value.';
comment on column mart.decisions.goal_item is 'Product id, category or amount of the goal.';
comment on column mart.decisions.item_key is 'Item that a repurchase message is about (mart.repurchase_cycles).';
comment on column mart.decisions.offer is 'Offer as decided: text by locale and the code for all, or the terms of a fitted coupon (docs/offers.md), whose code is not shown.';
comment on column mart.decisions.coupon_cost is 'Cost of the coupon if redeemed; reporting currency.';
comment on column mart.decisions.sending_cost is 'Cost of sending; reporting currency.';
comment on column mart.decisions.planned_send_at is 'When it goes out, or would have (an instant): the windows start here.';
comment on column mart.decisions.cut_off_at is 'End of the business date: nothing later was read.';

create view mart.messages as
select
    customer_id,
    campaign,
    occasion,
    instance,
    wave,
    channel,
    send_date,
    planned_send_at,
    send_by,
    locale,
    variant,
    status,
    status_reason,
    provider,
    sending_cost,
    accepted_at
from crm.message;
comment on view mart.messages is 'One row per message of the ledger (key: customer_id, campaign, occasion, instance, wave, channel), without address and content. Joins mart.decisions.';
comment on column mart.messages.customer_id is 'Customer.';
comment on column mart.messages.campaign is 'Campaign.';
comment on column mart.messages.occasion is 'Occasion.';
comment on column mart.messages.instance is 'Instance.';
comment on column mart.messages.wave is 'Wave.';
comment on column mart.messages.channel is 'email or sms.';
comment on column mart.messages.send_date is 'Send date.';
comment on column mart.messages.planned_send_at is 'When it goes out (an instant).';
comment on column mart.messages.send_by is 'After this it is skipped.';
comment on column mart.messages.locale is 'zh-CN or en.';
comment on column mart.messages.variant is 'Variant of words and offer.';
comment on column mart.messages.status is 'planned, claimed, accepted, delivered, failed, unknown or skipped.';
comment on column mart.messages.status_reason is 'Why it was skipped or failed.';
comment on column mart.messages.provider is 'sendgrid, sns or outbox.';
comment on column mart.messages.sending_cost is 'Cost of sending; reporting currency.';
comment on column mart.messages.accepted_at is 'When the provider took it (an instant).';

create view mart.coupons as
with latest as (
    select max(as_of) as as_of from crm.refresh
),

used as (
    select
        customer_id,
        code,
        max(order_key) filter (where outcome = 'redeemed') as order_key,
        max(known_on) filter (where outcome = 'redeemed') as redeemed_on,
        bool_or(buyer_id = customer_id) filter (where outcome = 'redeemed') as by_owner,
        count(*) filter (where outcome <> 'redeemed') as rejected_uses
    from crm.coupon_use
    group by customer_id, code
)

select
    coupon.customer_id,
    coupon.campaign,
    coupon.occasion,
    coupon.instance,
    coupon.wave,
    coupon.variant,
    coupon.tier,
    coupon.threshold,
    coupon.value,
    coupon.starts_on,
    coupon.expires_on,
    case
        when used.order_key is not null then 'redeemed'
        when coupon.expires_on < latest.as_of then 'expired'
        when coupon.exported_at is not null then 'exported'
        else 'issued'
    end as status,
    coupon.exported_at is not null as exported,
    used.order_key,
    used.redeemed_on,
    used.by_owner,
    coalesce(used.rejected_uses, 0) as rejected_uses,
    case when used.order_key is not null then coupon.value else 0 end as cost
from crm.coupon as coupon
left join used
    on coupon.customer_id = used.customer_id and coupon.code = used.code
cross join latest;
comment on view mart.coupons is 'One row per fitted coupon (key: customer_id, campaign, occasion, instance, wave), without its code. Joins mart.decisions; mart.orders on order_key.';
comment on column mart.coupons.customer_id is 'Customer whom it was issued to.';
comment on column mart.coupons.campaign is 'Campaign.';
comment on column mart.coupons.occasion is 'Occasion.';
comment on column mart.coupons.instance is 'Instance; "" in one-off campaigns.';
comment on column mart.coupons.wave is 'Wave.';
comment on column mart.coupons.variant is 'Variant of words and offer.';
comment on column mart.coupons.tier is 'Tier at assignment.';
comment on column mart.coupons.threshold is 'Smallest order that it counts for; 0 = any; reporting currency.';
comment on column mart.coupons.value is 'What it takes off; reporting currency.';
comment on column mart.coupons.starts_on is 'First day.';
comment on column mart.coupons.expires_on is 'Last day on which it can be used.';
comment on column mart.coupons.status is 'issued, exported (in a file for the shop platform), redeemed, or expired (by the latest refresh).';
comment on column mart.coupons.exported is 'It is in a file for the shop platform.';
comment on column mart.coupons.order_key is 'Order that redeemed it; an order that was cancelled or refunded since keeps it redeemed.';
comment on column mart.coupons.redeemed_on is 'Business date whose delivery told us.';
comment on column mart.coupons.by_owner is 'The customer it was issued to redeemed it; false: passed on. Null while nobody did.';
comment on column mart.coupons.rejected_uses is 'Orders that named it after it was redeemed or expired.';
comment on column mart.coupons.cost is 'value once redeemed, else 0; reporting currency.';

create view mart.coupon_campaigns as
select
    campaign,
    occasion,
    wave,
    variant,
    count(*) as issued,
    count(*) filter (where exported) as exported,
    count(*) filter (where status = 'redeemed') as redeemed,
    count(*) filter (where status = 'expired') as expired,
    round(cast(count(*) filter (where status = 'redeemed') as numeric) / count(*), 4) as redeemed_share,
    count(*) filter (where not by_owner) as passed_on,
    sum(rejected_uses) as rejected_uses,
    round(avg(threshold), 2) as average_threshold,
    round(avg(value), 2) as average_value,
    sum(value) as cost_if_all_redeemed,
    sum(cost) as cost
from mart.coupons
group by campaign, occasion, wave, variant;
comment on view mart.coupon_campaigns is 'Fitted coupons by campaign (key: campaign, occasion, wave, variant): issued, redeemed, what they cost.';
comment on column mart.coupon_campaigns.campaign is 'Campaign.';
comment on column mart.coupon_campaigns.occasion is 'Occasion.';
comment on column mart.coupon_campaigns.wave is 'Wave.';
comment on column mart.coupon_campaigns.variant is 'Variant of words and offer.';
comment on column mart.coupon_campaigns.issued is 'Coupons issued, whatever became of them.';
comment on column mart.coupon_campaigns.exported is 'Of these, in a file for the shop platform.';
comment on column mart.coupon_campaigns.redeemed is 'Of these, redeemed.';
comment on column mart.coupon_campaigns.expired is 'Of these, expired unused.';
comment on column mart.coupon_campaigns.redeemed_share is 'redeemed / issued, 0 to 1.';
comment on column mart.coupon_campaigns.passed_on is 'Redeemed by somebody else than the customer it was issued to.';
comment on column mart.coupon_campaigns.rejected_uses is 'Orders that named a code after it was redeemed or expired.';
comment on column mart.coupon_campaigns.average_threshold is 'Mean threshold; reporting currency.';
comment on column mart.coupon_campaigns.average_value is 'Mean value; reporting currency.';
comment on column mart.coupon_campaigns.cost_if_all_redeemed is 'Sum of all values; reporting currency.';
comment on column mart.coupon_campaigns.cost is 'Sum of the redeemed ones'' values; reporting currency.';

create view mart.coupon_uses as
select
    used.customer_id,
    coupon.campaign,
    coupon.occasion,
    coupon.instance,
    coupon.wave,
    used.order_key,
    used.outcome,
    used.buyer_id = used.customer_id as by_owner,
    coupon.value,
    used.ordered_at,
    used.known_on
from crm.coupon_use as used
inner join crm.coupon as coupon
    on used.customer_id = coupon.customer_id and used.code = coupon.code;
comment on view mart.coupon_uses is 'One row per paid order that names one of our codes (key: customer_id, campaign, occasion, instance, wave, order_key), rejected uses too: the platform may have given the discount. Joins mart.orders.';
comment on column mart.coupon_uses.customer_id is 'Customer whom the code was issued to.';
comment on column mart.coupon_uses.campaign is 'Campaign.';
comment on column mart.coupon_uses.occasion is 'Occasion.';
comment on column mart.coupon_uses.instance is 'Instance.';
comment on column mart.coupon_uses.wave is 'Wave.';
comment on column mart.coupon_uses.order_key is 'Order that names it.';
comment on column mart.coupon_uses.outcome is 'redeemed (the one that counts), repeated (redeemed before) or expired.';
comment on column mart.coupon_uses.by_owner is 'Ordered by the customer it was issued to.';
comment on column mart.coupon_uses.value is 'What the code takes off; reporting currency.';
comment on column mart.coupon_uses.ordered_at is 'When it was ordered (an instant).';
comment on column mart.coupon_uses.known_on is 'Business date whose delivery told us.';

create view mart.campaign_result_versions as
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
    reason
from crm.result;
comment on view mart.campaign_result_versions is 'Every version of every result (key: campaign, occasion, wave, period, goal, window_days, version): nothing is rewritten, a late order or refund makes a new version.';
comment on column mart.campaign_result_versions.campaign is 'Campaign.';
comment on column mart.campaign_result_versions.kind is 'holiday, birthday, seasonal or repurchase.';
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
comment on column mart.campaign_result_versions.treated_rate is 'treated_converted / treated, 0 to 1.';
comment on column mart.campaign_result_versions.control_rate is 'control_converted / control, 0 to 1.';
comment on column mart.campaign_result_versions.difference is 'Difference of the rates, post-stratified by segment, so not exactly treated_rate - control_rate; null unless ok.';
comment on column mart.campaign_result_versions.low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_versions.high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_versions.p_value is 'Two-sided p of no difference.';
comment on column mart.campaign_result_versions.naive_revenue is 'All orders of the treated in the window, as a send-and-count tool would claim; net of refunds, reporting currency. Not what the campaign earned.';
comment on column mart.campaign_result_versions.incremental_revenue is 'What the campaign earned against its control; reporting currency; null unless ok.';
comment on column mart.campaign_result_versions.revenue_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_result_versions.revenue_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_result_versions.sample_ratio_p is 'p of the arms'' sizes against the declared share; below 0.001 something is broken.';
comment on column mart.campaign_result_versions.as_of is 'Business date as of which it was evaluated.';
comment on column mart.campaign_result_versions.reason is 'Why this version was made.';

create view mart.campaign_results as
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
    version
from mart.campaign_result_versions
where is_latest;
comment on view mart.campaign_results is 'Latest version of each result (key: campaign, occasion, wave, period, goal, window_days). Judge a campaign by its is_primary row.';
comment on column mart.campaign_results.campaign is 'Campaign.';
comment on column mart.campaign_results.kind is 'holiday, birthday, seasonal or repurchase.';
comment on column mart.campaign_results.occasion is 'Occasion; "" for pooled results of continuous campaigns.';
comment on column mart.campaign_results.wave is 'Wave; "" for pooled results.';
comment on column mart.campaign_results.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column mart.campaign_results.goal is 'Goal that conversion is counted on.';
comment on column mart.campaign_results.window_days is 'Window of so many times 24 hours from planned_send_at.';
comment on column mart.campaign_results.is_primary is 'The declared goal in the declared primary window; all else is secondary.';
comment on column mart.campaign_results.status is 'open (the window is), not_enough, or ok.';
comment on column mart.campaign_results.treated is 'Customers decided include, whether or not the message arrived.';
comment on column mart.campaign_results.control is 'Customers held out.';
comment on column mart.campaign_results.treated_converted is 'Treated customers who met the goal in the window.';
comment on column mart.campaign_results.control_converted is 'Held-out customers who met the goal in the window.';
comment on column mart.campaign_results.treated_rate is 'treated_converted / treated, 0 to 1.';
comment on column mart.campaign_results.control_rate is 'control_converted / control, 0 to 1.';
comment on column mart.campaign_results.difference is 'Difference of the rates, post-stratified by segment; null unless ok.';
comment on column mart.campaign_results.low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_results.high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_results.p_value is 'Two-sided p of no difference.';
comment on column mart.campaign_results.naive_revenue is 'All orders of the treated in the window, as a send-and-count tool would claim; net of refunds, reporting currency. Not what the campaign earned.';
comment on column mart.campaign_results.incremental_revenue is 'What the campaign earned against its control; reporting currency; null unless ok.';
comment on column mart.campaign_results.revenue_low is 'Lower end of its 95 % interval.';
comment on column mart.campaign_results.revenue_high is 'Upper end of its 95 % interval.';
comment on column mart.campaign_results.sample_ratio_p is 'p of the arms'' sizes against the declared share; below 0.001 something is broken.';
comment on column mart.campaign_results.as_of is 'Business date as of which it was evaluated.';
comment on column mart.campaign_results.version is 'Version shown.';

create view mart.products as
select
    product_id,
    shop,
    external_id,
    name,
    category,
    list_price,
    unit_cost,
    role
from crm.product
where valid_to is null;
comment on view mart.products is 'One row per product as it is known now (key: product_id). Joins mart.order_lines.';
comment on column mart.products.product_id is 'Key.';
comment on column mart.products.shop is 'Shop.';
comment on column mart.products.external_id is 'The shop''s own product id.';
comment on column mart.products.name is 'Name.';
comment on column mart.products.category is 'Category path, levels joined by " > ".';
comment on column mart.products.list_price is 'List price; reporting currency.';
comment on column mart.products.unit_cost is 'Cost per piece; reporting currency; null = unknown.';
comment on column mart.products.role is 'traffic, profit, edge or potential.';

create view mart.deliveries as
select
    file.file_version_id,
    file.shop,
    file.kind,
    file.source_file,
    file.business_date,
    file.known_on,
    file.status,
    file.declared_empty,
    file.lines_read,
    file.lines_published,
    file.lines_unchanged,
    file.lines_superseded,
    file.lines_rejected,
    file.arrived_at,
    delivery.business_date is not null as day_complete
from crm.file_version as file
left join crm.delivery as delivery
    on file.shop = delivery.shop and file.business_date = delivery.business_date;
comment on view mart.deliveries is 'One row per arrival of a file whose content was new (key: file_version_id): what was read, and what became of its rows.';
comment on column mart.deliveries.file_version_id is 'Key, in order of arrival.';
comment on column mart.deliveries.shop is 'Shop.';
comment on column mart.deliveries.kind is 'orders, customers, products, suppressions or contacts.';
comment on column mart.deliveries.source_file is 'Path below the landing folder, or key in the bucket.';
comment on column mart.deliveries.business_date is 'Business date that it was delivered for.';
comment on column mart.deliveries.known_on is 'Business date from which its content counts as known.';
comment on column mart.deliveries.status is 'staged, failed (nothing of it was published) or published.';
comment on column mart.deliveries.declared_empty is 'The file declares a day without sales.';
comment on column mart.deliveries.lines_read is 'Rows in the file; once published, the sum of the next four.';
comment on column mart.deliveries.lines_published is 'Rows that became current facts.';
comment on column mart.deliveries.lines_unchanged is 'Rows that said what was known already.';
comment on column mart.deliveries.lines_superseded is 'Rows of orders of which a newer file had spoken already.';
comment on column mart.deliveries.lines_rejected is 'Rows set aside (mart.rejected_rows).';
comment on column mart.deliveries.arrived_at is 'When it was read (an instant).';
comment on column mart.deliveries.day_complete is 'The shop''s business date is in.';

create view mart.rejected_rows as
select
    file.file_version_id,
    file.shop,
    file.kind,
    file.source_file,
    file.business_date,
    rejected.reason,
    rejected.column_name,
    count(*) as rejected,
    count(rejected.replayed_by) as replayed
from crm.rejected_row as rejected
inner join crm.file_version as file
    on rejected.file_version_id = file.file_version_id
group by
    file.file_version_id,
    file.shop,
    file.kind,
    file.source_file,
    file.business_date,
    rejected.reason,
    rejected.column_name;
comment on view mart.rejected_rows is 'Rows set aside, counted by file, reason and column (key: file_version_id, reason, column_name). Counts alone: the rows hold personal data.';
comment on column mart.rejected_rows.file_version_id is 'File version; joins mart.deliveries.';
comment on column mart.rejected_rows.shop is 'Shop.';
comment on column mart.rejected_rows.kind is 'Kind of file.';
comment on column mart.rejected_rows.source_file is 'File to mend.';
comment on column mart.rejected_rows.business_date is 'Business date of the file.';
comment on column mart.rejected_rows.reason is 'First rule that the rows broke.';
comment on column mart.rejected_rows.column_name is 'Column of the file to mend.';
comment on column mart.rejected_rows.rejected is 'Rows set aside.';
comment on column mart.rejected_rows.replayed is 'Of these, rows that came in later, mended.';
