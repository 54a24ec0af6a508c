-- Every time a campaign asked about the customer, the newest first: what was decided, why, and the message that came of
-- it. An item is a product by its key, or a category. :customer_id, :most
with latest as (
    select *
    from crm.decision
    where customer_id = :customer_id
    order by send_date desc, priority asc, campaign asc, occasion asc, instance asc, wave asc
    limit :most
)

select
    d.campaign,
    d.kind,
    d.occasion,
    d.wave,
    d.send_date,
    d.occasion_date,
    d.decision,
    d.reasons,
    d.channel,
    d.segment,
    d.tier,
    d.variant,
    coalesce(p.name, p.category, case when crm.product_key(d.item_key) is null then d.item_key end) as item,
    m.message_id,
    m.status,
    m.status_reason,
    m.provider,
    coalesce(m.accepted_at, m.planned_send_at) as status_at
from latest as d
left join crm.message as m
    on
        d.customer_id = m.customer_id and d.campaign = m.campaign and d.occasion = m.occasion
        and d.instance = m.instance and d.wave = m.wave
left join crm.product as p
    on
        crm.product_key(d.item_key) = p.product_id
        and p.valid_to is null
order by d.send_date desc, d.priority asc, d.campaign asc, d.occasion asc, d.instance asc, d.wave asc
