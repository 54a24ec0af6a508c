-- Orders of which there is more than one word: stored versions, or several files of this delivery.
with contested as (
    select order_key
    from staging.orders
    where outcome = 'published'
    group by order_key
    having count(*) > 1
    union
    select o.order_key
    from crm.orders as o
    where o.order_key in (select s.order_key from staging.orders as s where s.outcome = 'published')
)

insert into staging.version (
    kind, key, file_version_id, customer_id, content_hash, business_date, confirmed_on, known_on, known_until, changed_on,
    is_new
)
select
    'order' as kind,
    order_key,
    file_version_id,
    customer_id,
    content_hash,
    business_date,
    coalesce(confirmed_on, business_date) as confirmed_on,
    known_on,
    known_until,
    ordered_on,
    false as is_new
from crm.orders
where order_key in (select c.order_key from contested as c)
union all
select
    'order' as kind,
    order_key,
    file_version_id,
    customer_id,
    content_hash,
    business_date,
    business_date as confirmed_on,
    known_on,
    null as known_until,
    ordered_on,
    true as is_new
from staging.orders
where order_key in (select c.order_key from contested as c);
