-- A code of its own for every customer who is written to with a fitted coupon, drawn once and kept: the pass that made the
-- decision makes the code, in its transaction, from a random seed of 244 bits that is kept nowhere. Nothing can draw it again,
-- nor guess it. Held-out customers get none.
-- The primary key of crm.coupon_code is the last word on uniqueness.
-- Parameters: business_date, send_date
create temporary table issued on commit drop as
with pass as materialized (
    select cast(gen_random_uuid() as text) || cast(gen_random_uuid() as text) as seed
),

fitted_coupon as (
    select
        fitted_id,
        cast(offer ->> 'threshold' as numeric) as threshold,
        cast(offer ->> 'value' as numeric) as value,
        offer ->> 'currency' as currency,
        cast(offer ->> 'expires_on' as date) as expires_on
    from fitted
    where offer -> 'expires_on' is not null
),

coded as materialized (
    select
        d.customer_id,
        u.campaign,
        u.occasion,
        d.instance,
        u.wave,
        d.variant,
        d.tier,
        f.threshold,
        f.value,
        f.currency,
        f.expires_on,
        crm.coupon_body(
            p.seed, concat_ws(chr(31), d.customer_id, u.campaign, u.occasion, d.instance, u.wave)
        ) as body
    from drawn as d
    inner join due as u on d.due_id = u.due_id
    inner join fitted_offer as h on d.customer_id = h.customer_id and d.due_id = h.due_id
    inner join fitted_coupon as f on h.fitted_id = f.fitted_id
    cross join pass as p
    where d.decision = 'include'
)

select
    c.*,
    c.body || crm.coupon_check(c.body) as code
from coded as c;

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
    cast(:business_date as date) as business_date,
    code,
    threshold,
    value,
    currency,
    cast(:send_date as date) as starts_on,
    expires_on
from issued;

drop table issued
