-- Refunds of the delivery. Beside an order line, a refund is a part of its order's one refund; on a row of its own it is
-- a refund by itself, named by its own id, else by its order and time. A 0 takes an earlier one back and is nothing else.
-- :time_zone of the business
with told as (
    select
        l.file_version_id,
        l.row_number,
        f.shop,
        l.amount is null as own_row,
        l.line_number,
        l.customer,
        l.product,
        l.refund_amount,
        f.floor_on,
        f.floor_before,
        f.from_date,
        f.business_date,
        coalesce(l.refunded_at, l.paid_at, l.ordered_at) as refunded_at,
        l.order_id,
        coalesce(
            crm.refund_id(l.refund_id, l.order_id, l.amount is null, l.refunded_at), f.source_file || '#' || l.row_number
        ) as refund_id
    from staging.order_line as l
    inner join staging.file as f on l.file_version_id = f.file_version_id
    where l.reject_reason is null and l.refund_amount is not null
),

keyed as (
    select
        t.*,
        crm.key64(t.shop, t.refund_id) as refund_key,
        crm.key64(t.shop, t.order_id) as order_key,
        (t.refunded_at at time zone :time_zone)::date as refunded_on
    from told as t
),

dated as (
    select
        k.*,
        coalesce(k.customer, o.external_customer) as buyer,
        o.amount as order_amount,
        case
            when k.from_date is null then k.business_date
            -- Beside its order, a refund later than the range is told by the range's last date.
            when k.own_row then k.refunded_on
            else least(greatest(k.refunded_on, o.ordered_on), k.business_date)
        end as own_date
    from keyed as k
    left join staging.orders as o on k.order_key = o.order_key and k.file_version_id = o.file_version_id
    where k.refund_amount <> 0 or exists (select from crm.refund as r where r.refund_key = k.refund_key)
),

bounded as (
    select
        d.*,
        -- No more can come back of an order's goods than was paid for them; what exceeds is reported by the validation.
        greatest(least(
            d.refund_amount,
            greatest(d.order_amount, 0) - (sum(d.refund_amount) over earlier - d.refund_amount)
        ), least(d.refund_amount, 0)) as goods_amount
    from dated as d
    window earlier as (partition by d.file_version_id, d.order_key order by d.row_number)
)

insert into staging.refund (
    file_version_id, row_number, own_row, customer_id, refund_key, part, shop, refund_id, order_key, line_number,
    product_id, amount, refunded_at, refunded_on, business_date, known_on, external_customer
)
select
    file_version_id,
    row_number,
    own_row,
    crm.key64(shop, coalesce(buyer, '')) as customer_id,
    refund_key,
    row_number() over (partition by file_version_id, refund_key order by row_number) as part,
    shop,
    refund_id,
    order_key,
    line_number,
    crm.key64(shop, product) as product_id,
    case when order_amount is null then refund_amount else goods_amount end as amount,
    refunded_at,
    refunded_on,
    own_date,
    crm.known_on(own_date, floor_on, floor_before) as known_on,
    buyer
from bounded;

analyze staging.refund;
