-- A file that serves a range corrects itself: an order whose date it moved back is still newer than what the same file
-- said before.
with said as (
    select
        o.file_version_id,
        o.order_key,
        max(coalesce(e.confirmed_on, e.business_date)) as business_date
    from staging.orders as o
    inner join staging.file as f on o.file_version_id = f.file_version_id
    inner join crm.orders as e on o.order_key = e.order_key
    inner join crm.file_version as v
        on
            e.file_version_id = v.file_version_id and f.shop = v.shop and f.source_file = v.source_file
    where f.from_date is not null
    group by o.file_version_id, o.order_key
)

update staging.orders as o
set business_date = s.business_date
from said as s
where o.file_version_id = s.file_version_id and o.order_key = s.order_key and o.business_date < s.business_date;
