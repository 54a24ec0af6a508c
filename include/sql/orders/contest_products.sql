-- What product files say, and what we know. Of several rows of one product in one file the last one counts.
with delivered as (
    select distinct on (p.file_version_id, p.product)
        p.*,
        crm.key64(f.shop, p.product) as product_id,
        f.business_date,
        crm.known_on(f.business_date, f.floor_on, f.floor_before) as known_on
    from staging.product as p
    inner join staging.file as f on p.file_version_id = f.file_version_id
    where p.reject_reason is null
    order by p.file_version_id, p.product, p.row_number desc
)

insert into staging.version (
    kind, key, file_version_id, row_number, content_hash, business_date, confirmed_on, known_on, known_until, is_new
)
select
    'product',
    p.product_id,
    p.file_version_id,
    null,
    hash_record_extended(row(p.name, p.category, p.list_price, p.unit_cost, p.role), 0),
    coalesce(v.business_date, p.valid_from),
    greatest(p.confirmed_on, coalesce(v.business_date, p.valid_from)),
    p.valid_from,
    p.valid_to,
    false
from crm.product as p
left join crm.file_version as v on p.file_version_id = v.file_version_id
where p.product_id in (select d.product_id from delivered as d)
union all
select
    'product',
    product_id,
    file_version_id,
    row_number,
    hash_record_extended(row(name, category, list_price, unit_cost, role), 0),
    business_date,
    business_date,
    known_on,
    null,
    true
from delivered;
