-- Makes mart.coupon_uses from crm.coupon, crm.coupon_use.
create or replace view mart.coupon_uses as
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
