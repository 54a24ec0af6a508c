-- A code of its own for every customer who is written to with a fitted coupon, drawn once and kept: the pass that made the
-- decision makes the code, in its transaction, from a random seed of 244 bits that is kept nowhere. Nothing can draw it again,
-- nor guess it. Held-out customers get none.
-- The primary key of crm.coupon_code is the last word on uniqueness.
create temporary table issued on commit drop as
with pass as materialized (
    select cast(gen_random_uuid() as text) || cast(gen_random_uuid() as text) as seed
),

drawn as materialized (
    select
        customer_id,
        campaign,
        occasion,
        instance,
        wave,
        variant,
        tier,
        business_date,
        send_date,
        offer,
        crm.coupon_body(pass.seed, concat_ws(chr(31), customer_id, campaign, occasion, instance, wave)) as body
    from decided
    cross join pass
    where decision = 'include' and offer -> 'expires_on' is not null
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
    send_date,
    body || crm.coupon_check(body) as code,
    cast(offer ->> 'threshold' as numeric) as threshold,
    cast(offer ->> 'value' as numeric) as value,
    offer ->> 'currency' as currency,
    cast(offer ->> 'expires_on' as date) as expires_on
from drawn;

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
