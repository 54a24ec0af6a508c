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
    order by p.file_version_id asc, p.product asc, p.row_number desc
)

insert into staging.version (
    kind, key, file_version_id, row_number, content_hash, business_date, confirmed_on, known_on, known_until, is_new
)
select
    'product' as kind,
    p.product_id,
    p.file_version_id,
    null as row_number,
    hash_record_extended(row(p.name, p.category, p.list_price, p.unit_cost, p.role), 0) as content_hash,
    coalesce(v.business_date, p.valid_from) as business_date,
    greatest(p.confirmed_on, coalesce(v.business_date, p.valid_from)) as confirmed_on,
    p.valid_from,
    p.valid_to,
    false as is_new
from crm.product as p
left join crm.file_version as v on p.file_version_id = v.file_version_id
where p.product_id in (select d.product_id from delivered as d)
union all
select
    'product' as kind,
    product_id,
    file_version_id,
    row_number,
    hash_record_extended(row(name, category, list_price, unit_cost, role), 0) as content_hash,
    business_date,
    business_date as confirmed_on,
    known_on,
    null as known_until,
    true as is_new
from delivered;
