-- Products that order lines name and no product file described (by then), with the name and category of the lines.
-- A product that a later date described is known from the earlier line on, until then.
with sold as (
    select
        f.shop,
        l.product,
        max(l.product_name) as name,
        max(l.category) as category,
        max(l.file_version_id) as file_version_id,
        min(crm.known_on(
            case
                when f.from_date is null then f.business_date
                else (coalesce(l.ordered_at, l.refunded_at) at time zone :time_zone)::date
            end,
            f.floor_on, f.floor_before
        )) as known_on
    from staging.order_line as l
    inner join staging.file as f on l.file_version_id = f.file_version_id
    where l.reject_reason is null and l.product is not null
    group by f.shop, l.product
),

keyed as (
    select
        s.*,
        crm.key64(s.shop, s.product) as product_id
    from sold as s
),

known as (
    select
        product_id,
        min(valid_from) as valid_from
    from crm.product
    where product_id in (select k.product_id from keyed as k)
    group by product_id
)

insert into crm.product (product_id, valid_from, valid_to, shop, external_id, name, category, file_version_id)
select
    s.product_id,
    s.known_on,
    k.valid_from,
    s.shop,
    s.product,
    s.name,
    s.category,
    s.file_version_id
from keyed as s
left join known as k on s.product_id = k.product_id
where k.valid_from is null or k.valid_from > s.known_on
order by s.product_id;
