-- Orders of the delivery from their lines, one per file version.
-- The status of an order is that of its furthest line: it is refunded or cancelled only where all its lines are.
-- The hash is a sum over lines, so a file that merely lists them in another order says nothing new.
-- :time_zone of the business
with headers as (
    select
        file_version_id,
        order_id,
        min(customer) as customer,
        max(case status
            when 'paid' then 4 when 'completed' then 6 when 'shipped' then 5 when 'unpaid' then 3 when 'refunded' then 2
            when 'cancelled' then 1
        end) as furthest,
        min(ordered_at) as ordered_at,
        min(paid_at) as paid_at,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(amount) as amount,
        sum(discount) as discount,
        sum(shipping_fee) as shipping_fee,
        string_agg(coupon_codes, ',') as coupon_codes,
        min(entry_source) as entry_source,
        min(utm_campaign) as utm_campaign,
        sum(hash_record_extended(row(product, quantity, unit_price, amount, discount), 0)) as lines_hash
    from staging.order_line
    where reject_reason is null and amount is not null
    group by file_version_id, order_id
),

dated as (
    select
        h.*,
        f.shop,
        f.by_row,
        f.from_date,
        f.business_date,
        f.floor_on,
        f.floor_before,
        (h.ordered_at at time zone :time_zone)::date as ordered_on
    from headers as h
    inner join staging.file as f on h.file_version_id = f.file_version_id
),

-- A file of a range under another name corrects the orders that are known: nobody knew it before.
known as (
    select e.order_key
    from crm.orders as e
    where
        e.known_until is null
        and e.order_key in (select crm.key64(d.shop, d.order_id) from dated as d where d.by_row)
),

placed as (
    select
        d.*,
        -- A file that serves a range: each order belongs to its own date.
        case when d.from_date is null then d.business_date else d.ordered_on end as own_date,
        d.by_row and crm.key64(d.shop, d.order_id) in (select k.order_key from known as k) as was_known
    from dated as d
)

insert into staging.orders (
    file_version_id, customer_id, order_key, shop, order_id, status, ordered_at, paid_at, ordered_on, business_date,
    known_on, line_count, quantity, amount, discount, shipping_fee, coupon_codes, entry_source, utm_campaign,
    content_hash, external_customer
)
select
    file_version_id,
    crm.key64(shop, coalesce(customer, '')) as customer_id,
    crm.key64(shop, order_id) as order_key,
    shop,
    order_id,
    (array['cancelled', 'refunded', 'unpaid', 'paid', 'shipped', 'completed'])[furthest] as status,
    ordered_at,
    paid_at,
    ordered_on,
    own_date,
    crm.known_on(own_date, floor_on, case when was_known then 'infinity' else floor_before end) as known_on,
    line_count,
    coalesce(quantity, line_count) as quantity,
    amount,
    coalesce(discount, 0) as discount,
    coalesce(shipping_fee, 0) as shipping_fee,
    case when coupon_codes is not null then (
        select array_agg(distinct trim(code)) from regexp_split_to_table(coupon_codes, '[,;]') as code where trim(code) <> ''
    ) end as coupon_codes,
    entry_source,
    utm_campaign,
    hash_record_extended(row(
        lines_hash, furthest, ordered_at, paid_at, shipping_fee, coupon_codes, entry_source, utm_campaign
    ), 0) as content_hash,
    customer
from placed;

analyze staging.orders (file_version_id, customer_id, order_key, order_id);
