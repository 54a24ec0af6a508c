-- Products that order lines name and no product file described (by then), with the name and category of the lines.
-- A product that a later date described is known from the earlier line on, until then.
-- :time_zone of the business
with first_lines as (
    select
        file_version_id,
        product,
        min(coalesce(ordered_at, refunded_at)) as first_at,
        min(row_number) filter (where product_name is not null or category is not null) as row_number
    from staging.order_line
    where reject_reason is null and product is not null
    group by file_version_id, product
),

sold as (
    select distinct on (f.shop, n.product)
        f.shop,
        n.product,
        l.product_name as name,
        l.category,
        n.file_version_id,
        min(crm.known_on(
            case when f.from_date is null then f.business_date else (n.first_at at time zone :time_zone)::date end,
            f.floor_on, f.floor_before
        )) over (partition by f.shop, n.product) as known_on
    from first_lines as n
    inner join staging.file as f on n.file_version_id = f.file_version_id
    left join staging.order_line as l on n.file_version_id = l.file_version_id and n.row_number = l.row_number
    -- What the latest file calls it, if it calls it anything.
    order by f.shop asc, n.product asc, l.row_number is null, n.file_version_id desc
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
