-- What a message to a customer is written with as of a business date, to show it to staff: personal data.
-- Variant, wave, item and offer are those of the campaign's last decision about the customer by then, without the code of
-- the customer's own coupon. Where there is none: the product that was bought last.
-- :shop, :external_id, :campaign, :business_date
with decided as (
    select
        d.variant,
        d.wave,
        d.offer,
        d.item_key,
        crm.product_key(d.item_key) as product_id
    from crm.decision as d
    where
        d.customer_id = crm.key64(:shop, :external_id)
        and d.campaign = :campaign and d.business_date <= :business_date
    order by d.business_date desc, d.occasion asc, d.instance asc, d.wave asc
    limit 1
),

bought as (
    select l.product_id
    from crm.orders as o
    inner join crm.order_line as l
        on
            o.customer_id = l.customer_id and o.order_key = l.order_key and o.file_version_id = l.file_version_id
    where
        o.customer_id = crm.key64(:shop, :external_id) and o.ordered_on <= :business_date and o.known_until is null
        and l.product_id is not null
    order by o.ordered_at desc, l.line_number asc
    limit 1
)

select
    p.name,
    p.locale,
    d.variant,
    d.wave,
    d.offer,
    coalesce(i.name, i.category, case when d.product_id is null then d.item_key end) as product
from crm.customer_profile as p
left join decided as d on true
left join bought as b on true
left join crm.product as i
    on
        i.product_id = case when d.item_key is null then b.product_id else d.product_id end
        and crm.is_known(i.valid_from, i.valid_to, :business_date)
where
    p.customer_id = crm.key64(:shop, :external_id)
    and crm.is_known(p.valid_from, p.valid_to, :business_date)
