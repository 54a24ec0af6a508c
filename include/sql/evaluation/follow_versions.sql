-- A new file may say of an order that is here already that something newer is known, or, where it replaces an earlier file as
-- a whole, that the order is over: conversions say so too, for an evaluation reads nothing else. Follows the files.
-- :file_version_ids  file versions not yet collected
drop table if exists spoken_of;

create temporary table spoken_of on commit drop as
with file_spoken_of as (
    select earlier.file_version_id
    from crm.file_version as f
    inner join crm.file_version as earlier
        on f.shop = earlier.shop and f.kind = earlier.kind and f.source_file = earlier.source_file
    where f.file_version_id = any(cast(:file_version_ids as bigint[]))
)

select distinct o.order_key
from crm.orders as o
where
    o.file_version_id = any(cast(:file_version_ids as bigint[]))
    or o.file_version_id = any(array(select f.file_version_id from file_spoken_of as f));

analyze spoken_of;

update crm.conversion as c
set known_until = o.known_until
from crm.orders as o
where
    c.customer_id = o.customer_id
    and c.order_key = o.order_key
    and c.file_version_id = o.file_version_id
    and c.known_until is distinct from o.known_until
    and c.order_key in (select s.order_key from spoken_of as s)
