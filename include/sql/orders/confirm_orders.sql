-- The common case of a re-delivered order, without ado: it says what its current version says. (settle.sql has the rule.)
with repeated as (
    select
        o.order_key,
        o.file_version_id,
        o.business_date,
        e.customer_id,
        e.file_version_id as stored_id
    from staging.orders as o
    inner join crm.orders as e on o.customer_id = e.customer_id and o.order_key = e.order_key
    where
        e.known_until is null
        and e.content_hash = o.content_hash
        and e.known_on <= o.known_on
        and coalesce(e.confirmed_on, e.business_date) <= o.business_date
        and not exists (
            select from staging.orders as other
            where other.order_key = o.order_key and other.file_version_id <> o.file_version_id
        )
),

confirmed as (
    update crm.orders as e
    set confirmed_on = r.business_date
    from repeated as r
    where
        e.customer_id = r.customer_id and e.order_key = r.order_key and e.file_version_id = r.stored_id
        and coalesce(e.confirmed_on, e.business_date) < r.business_date
)

update staging.orders as o
set outcome = 'unchanged', stored = false
from repeated as r
where o.order_key = r.order_key and o.file_version_id = r.file_version_id;
