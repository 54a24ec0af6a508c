-- A code of its own for every customer who is written to with a fitted coupon: random, drawn once, kept. The pass that made
-- the decision makes the code, in its transaction; nothing ever draws it again. Held-out customers get none.
-- The primary key of crm.coupon_code is the last word on uniqueness.
create temporary table issued on commit drop as
select
    d.customer_id,
    d.campaign,
    d.occasion,
    d.instance,
    d.wave,
    d.variant,
    d.tier,
    d.business_date,
    d.send_date,
    crm.new_coupon_code() as code,
    cast(d.offer ->> 'threshold' as numeric) as threshold,
    cast(d.offer ->> 'value' as numeric) as value,
    d.offer ->> 'currency' as currency,
    cast(d.offer ->> 'expires_on' as date) as expires_on
from decided as d
where d.decision = 'include' and d.offer -> 'expires_on' is not null;

insert into crm.coupon_code (code, customer_id)
select
    code,
    customer_id
from issued;

insert into crm.coupon (
    customer_id, campaign, occasion, instance, wave, variant, tier, business_date, code, threshold, value, currency,
    starts_on, expires_on
)
select
    customer_id,
    campaign,
    occasion,
    instance,
    wave,
    variant,
    tier,
    business_date,
    code,
    threshold,
    value,
    currency,
    send_date,
    expires_on
from issued;

drop table issued
