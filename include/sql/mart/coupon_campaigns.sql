-- Makes mart.coupon_campaigns from mart.coupons.
create or replace view mart.coupon_campaigns as
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
