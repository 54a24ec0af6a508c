-- What is needed to write a batch's messages: the only place where the ledger meets personal data.
-- As of the business date, like the decision. item_key is a product id or a category path: a number that fits a
-- bigint is looked up as a product.
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
        case when k.code is null then d.offer else d.offer || jsonb_build_object('code', k.code) end as offer,
        d.declaration_hash,
        d.item_key,
        case when d.item_key ~ '^-?[0-9]{1,19}$' then cast(d.item_key as numeric) end as item_number
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
),

numbered as (
    select
        claimed.*,
        case
            when item_number between -9223372036854775808 and 9223372036854775807 then cast(item_number as bigint)
        end as product_id
    from claimed
)

select
    n.message_id,
    n.channel,
    n.campaign,
    n.occasion,
    n.wave,
    n.send_date,
    n.send_by,
    n.locale,
    n.variant,
    n.offer,
    n.declaration_hash,
    p.name,
    case n.channel when 'email' then p.email else p.mobile end as address,
    coalesce(i.name, i.category, case when n.product_id is null then n.item_key end) as product
from numbered as n
left join crm.customer_profile as p
    on
        n.customer_id = p.customer_id
        and p.valid_from <= :business_date and (p.valid_to is null or p.valid_to > :business_date)
left join crm.product as i
    on
        n.product_id = i.product_id
        and i.valid_from <= :business_date and (i.valid_to is null or i.valid_to > :business_date)
order by n.customer_id, n.instance
