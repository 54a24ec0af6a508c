-- A refund that names its order but no buyer belongs to the buyer of the order, where the order is known.
with buyers as (
    select distinct on (r.file_version_id, r.row_number)
        r.file_version_id,
        r.row_number,
        o.customer_id
    from staging.refund as r
    inner join crm.orders as o on r.order_key = o.order_key
    where r.external_customer is null and o.known_until is null
    order by r.file_version_id asc, r.row_number asc, o.file_version_id desc
)

update staging.refund as r
set customer_id = b.customer_id
from buyers as b
where r.file_version_id = b.file_version_id and r.row_number = b.row_number;
