-- Codes of one campaign and business date, one a row, for a shop platform of any kind: dates in the business's time zone.
-- Parameters: campaign, business_date
select
    p.code,
    trim_scale(p.threshold) as threshold,
    trim_scale(p.value) as value,
    p.currency,
    p.starts_on as starts,
    p.expires_on as expires,
    c.shop,
    c.external_id as customer
from crm.coupon as p
inner join crm.customer as c on p.customer_id = c.customer_id
where p.campaign = :campaign and p.business_date = :business_date
order by p.customer_id, p.occasion, p.instance, p.wave
