-- Makes mart.coupons from crm.coupon, crm.coupon_use, crm.refresh.
create or replace view mart.coupons as
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
