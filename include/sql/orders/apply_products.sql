-- Products as settled: end what is over, drop what was never visible for a whole date, add what is new.
-- crm.product is a reference table on Citus: it takes no join in an update, so stored rows are put again by their key.
insert into crm.product as p (product_id, valid_from, valid_to, shop, external_id, file_version_id, confirmed_on)
select
    e.product_id,
    e.valid_from,
    s.known_until,
    e.shop,
    e.external_id,
    e.file_version_id,
    s.confirmed_on
from staging.settled as s
inner join crm.product as e on s.key = e.product_id and s.known_on = e.valid_from and s.file_version_id = e.file_version_id
where s.kind = 'product' and not s.is_new
on conflict (product_id, valid_from) do update
    set valid_to = excluded.valid_to, confirmed_on = excluded.confirmed_on;

delete from crm.product
where valid_to <= valid_from;

insert into crm.product (
    product_id, valid_from, valid_to, shop, external_id, name, category, list_price, unit_cost, role, file_version_id,
    confirmed_on
)
select
    s.key,
    s.known_on,
    s.known_until,
    f.shop,
    p.product,
    p.name,
    p.category,
    p.list_price,
    p.unit_cost,
    p.role,
    s.file_version_id,
    s.confirmed_on
from staging.settled as s
inner join staging.product as p on s.file_version_id = p.file_version_id and s.row_number = p.row_number
inner join staging.file as f on s.file_version_id = f.file_version_id
where s.kind = 'product' and s.is_new and s.stored;
