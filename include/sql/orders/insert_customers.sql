-- Whoever buys or is delivered in a customer file becomes a customer; lines without a buyer belong to the shop's
-- anonymous customer, whose external id is ''. Known since the first fact about them, whatever arrived first.
with named as (
    select
        customer_id,
        shop,
        external_customer as external_id,
        min(known_on) as known_on
    from staging.orders
    group by customer_id, shop, external_customer
    union all
    select
        customer_id,
        shop,
        external_customer,
        min(known_on) as known_on
    from staging.refund
    group by customer_id, shop, external_customer
    union all
    select
        crm.key64(f.shop, c.customer) as customer_id,
        f.shop,
        c.customer,
        min(crm.known_on(f.business_date, f.floor_on, f.floor_before)) as known_on
    from staging.customer as c
    inner join staging.file as f on c.file_version_id = f.file_version_id
    where c.reject_reason is null
    group by f.shop, c.customer
),

customers as (
    select
        customer_id,
        shop,
        coalesce(max(external_id), '') as external_id,
        min(known_on) as known_on
    from named
    -- A refund may have found its buyer by its order; then the buyer is known already.
    where external_id is not null or customer_id = crm.key64(shop, '')
    group by customer_id, shop
)

insert into crm.customer as c (customer_id, shop, external_id, is_anonymous, known_on)
select
    customer_id,
    shop,
    external_id,
    external_id = '' as is_anonymous,
    known_on
from customers
order by customer_id
on conflict (customer_id) do update
    set known_on = excluded.known_on
    where c.known_on > excluded.known_on;
