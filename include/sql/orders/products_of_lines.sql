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

keyed as (
    select
        crm.key64(f.shop, n.product) as product_id,
        f.shop,
        n.product,
        n.file_version_id,
        n.row_number,
        crm.known_on(
            case when f.from_date is null then f.business_date else (n.first_at at time zone :time_zone)::date end,
            f.floor_on, f.floor_before
        ) as known_on
    from first_lines as n
    inner join staging.file as f on n.file_version_id = f.file_version_id
),

-- What the latest file calls it, if any file calls it anything.
sold as (
    select
        k.product_id,
        min(k.shop) as shop,
        min(k.product) as product,
        min(k.known_on) as known_on,
        max(k.file_version_id) filter (where k.row_number is not null) as named_by,
        max(k.file_version_id) as last_file
    from keyed as k
    group by k.product_id
),

named as (
    select
        k.product_id,
        l.product_name as name,
        l.category
    from sold as s
    inner join keyed as k on s.product_id = k.product_id and s.named_by = k.file_version_id
    inner join staging.order_line as l on k.file_version_id = l.file_version_id and k.row_number = l.row_number
),

known as (
    select
        product_id,
        min(valid_from) as valid_from
    from crm.product
    where product_id in (select s.product_id from sold as s)
    group by product_id
)

insert into crm.product (product_id, valid_from, valid_to, shop, external_id, name, category, file_version_id)
select
    s.product_id,
    s.known_on,
    k.valid_from,
    s.shop,
    s.product,
    n.name,
    n.category,
    coalesce(s.named_by, s.last_file) as file_version_id
from sold as s
left join named as n on s.product_id = n.product_id
left join known as k on s.product_id = k.product_id
where k.valid_from is null or k.valid_from > s.known_on
order by s.product_id;
