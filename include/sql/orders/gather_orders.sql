-- Orders of the delivery from their lines, one per file version.
-- The status of an order is that of its furthest line: it is refunded or cancelled only where all its lines are.
-- The hash is a sum over lines, so a file that merely lists them in another order says nothing new.
-- :time_zone of the business
with lines as (
    select
        l.*,
        f.shop,
        coalesce(l.order_id, f.source_file || '#' || l.row_number) as shop_order_id
    from staging.order_line as l
    inner join staging.file as f on l.file_version_id = f.file_version_id
    where l.reject_reason is null and l.amount is not null
),

headers as (
    select
        file_version_id,
        shop,
        shop_order_id,
        min(customer) as customer,
        max(array_position(array['cancelled', 'refunded', 'unpaid', 'paid', 'shipped', 'completed'], status)) as furthest,
        min(ordered_at) as ordered_at,
        min(paid_at) as paid_at,
        count(*) as line_count,
        sum(coalesce(quantity, 1)) as quantity,
        sum(amount) as amount,
        sum(coalesce(discount, 0)) as discount,
        sum(coalesce(shipping_fee, 0)) as shipping_fee,
        string_agg(coupon_codes, ',') as coupon_codes,
        min(entry_source) as entry_source,
        min(utm_campaign) as utm_campaign,
        sum(hash_record_extended(row(
            product, quantity, unit_price, amount, discount, shipping_fee, status, ordered_at, paid_at, coupon_codes,
            entry_source, utm_campaign
        ), 0)) % 9223372036854775807 as content_hash
    from lines
    group by file_version_id, shop, shop_order_id
),

dated as (
    select
        h.*,
        f.floor_on,
        f.floor_before,
        (h.ordered_at at time zone :time_zone)::date as ordered_on,
        -- A file that serves a range: each row belongs to the date of its order.
        case when f.from_date is null then f.business_date else (h.ordered_at at time zone :time_zone)::date end as own_date
    from headers as h
    inner join staging.file as f on h.file_version_id = f.file_version_id
)

insert into staging.orders (
    file_version_id, customer_id, order_key, shop, order_id, status, ordered_at, paid_at, ordered_on, business_date,
    known_on, line_count, quantity, amount, discount, shipping_fee, coupon_codes, entry_source, utm_campaign,
    content_hash, external_customer
)
select
    file_version_id,
    crm.key64(shop, coalesce(customer, '')),
    crm.key64(shop, shop_order_id),
    shop,
    shop_order_id,
    coalesce((array['cancelled', 'refunded', 'unpaid', 'paid', 'shipped', 'completed'])[furthest], 'paid'),
    ordered_at,
    paid_at,
    ordered_on,
    own_date,
    crm.known_on(own_date, floor_on, floor_before),
    line_count,
    quantity,
    amount,
    discount,
    shipping_fee,
    (select array_agg(distinct trim(code)) from unnest(string_to_array(coupon_codes, ',')) as code where trim(code) <> ''),
    entry_source,
    utm_campaign,
    content_hash::bigint,
    customer
from dated;

analyze staging.orders;
