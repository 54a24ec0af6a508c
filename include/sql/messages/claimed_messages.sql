-- What is needed to write a batch's messages: the only place where the ledger meets personal data.
-- As of the business date, like the decision.
-- :batch_id, :business_date
with claimed as (
    select
        m.customer_id,
        m.instance,
        m.message_id,
        m.channel,
        m.campaign,
        m.occasion,
        m.wave,
        m.send_date,
        m.send_by,
        m.locale,
        m.variant,
        m.batch_id || '-' || cast(extract(epoch from m.claimed_at) * 1000000 as bigint) as attempt,
        case when k.code is null then d.offer else d.offer || jsonb_build_object('code', k.code) end as offer,
        d.declaration_hash,
        d.item_key,
        crm.product_key(d.item_key) as product_id
    from crm.message as m
    inner join crm.decision as d
        on
            m.customer_id = d.customer_id and m.campaign = d.campaign and m.occasion = d.occasion
            and m.instance = d.instance and m.wave = d.wave
    left join crm.coupon as k
        on
            d.customer_id = k.customer_id and d.campaign = k.campaign and d.occasion = k.occasion
            and d.instance = k.instance and d.wave = k.wave
    where m.batch_id = :batch_id and m.status = 'claimed'
)

select
    c.message_id,
    c.channel,
    c.campaign,
    c.occasion,
    c.wave,
    c.send_date,
    c.send_by,
    c.locale,
    c.variant,
    c.attempt,
    c.offer,
    c.declaration_hash,
    p.name,
    case c.channel when 'email' then p.email else p.mobile end as address,
    coalesce(i.name, i.category, case when c.product_id is null then c.item_key end) as product
from claimed as c
left join crm.customer_profile as p
    on
        c.customer_id = p.customer_id
        and crm.is_known(p.valid_from, p.valid_to, :business_date)
left join crm.product as i
    on
        c.product_id = i.product_id
        and crm.is_known(i.valid_from, i.valid_to, :business_date)
order by c.customer_id, c.instance
