-- Whom an audience found, by tier, and who of them may be written to: consent and an address on one of the channels.
-- :business_date  as known on
-- :channels       email, sms
with reachable as (
    select distinct k.customer_id
    from crm.consent as k
    inner join crm.customer_profile as p on k.customer_id = p.customer_id
    where
        k.customer_id in (select c.customer_id from candidate as c)
        and k.channel = any(cast(:channels as text[])) and k.granted
        and crm.is_known(k.valid_from, k.valid_to, :business_date)
        and crm.is_known(p.valid_from, p.valid_to, :business_date)
        and case k.channel when 'email' then p.email_key else p.mobile_key end is not null
)

select
    coalesce(s.tier, '') as tier,
    count(*) as customers,
    count(r.customer_id) as reachable
from candidate as c
left join standing as s on c.customer_id = s.customer_id
left join reachable as r on c.customer_id = r.customer_id
group by coalesce(s.tier, '')
