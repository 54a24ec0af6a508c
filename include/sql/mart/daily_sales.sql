-- Makes mart.daily_sales from mart.orders, mart.refunds.
create or replace view mart.daily_sales as
with sold as (
    select
        shop,
        ordered_on as day,
        count(*) as orders,
        sum(line_count) as lines,
        count(distinct customer_id) as customers,
        sum(amount) as gross
    from mart.orders
    where is_paid
    group by shop, ordered_on
),

taken_back as (
    select
        shop,
        refunded_on as day,
        counted_amount as amount
    from mart.refunds
    where counts
    union all
    -- wholly refunded, nobody said when
    select
        orders.shop,
        orders.ordered_on,
        orders.refunded
    from mart.orders as orders
    where
        orders.status = 'refunded'
        and not exists (select from mart.refunds as refund where refund.order_key = orders.order_key)
),

paid_back as (
    select
        shop,
        day,
        sum(amount) as refunds
    from taken_back
    group by shop, day
)

select
    coalesce(sold.shop, paid_back.shop) as shop,
    coalesce(sold.day, paid_back.day) as day,
    coalesce(sold.orders, 0) as orders,
    coalesce(sold.lines, 0) as lines,
    coalesce(sold.customers, 0) as customers,
    coalesce(sold.gross, 0) as gross,
    coalesce(paid_back.refunds, 0) as refunds,
    coalesce(sold.gross, 0) - coalesce(paid_back.refunds, 0) as net
from sold
full outer join paid_back
    on sold.shop = paid_back.shop and sold.day = paid_back.day;

comment on view mart.daily_sales is 'One row per shop and date with sales or refunds (key: shop, day), as the shop delivered them: orders of accounts that place fake orders count here, and not in mart.shop_indicators. Refunds stand on the day they were paid back, not on the day of the order (unless nobody said when).';
comment on column mart.daily_sales.shop is 'Shop.';
comment on column mart.daily_sales.day is 'Date in the business''s time zone.';
comment on column mart.daily_sales.orders is 'Paid orders of the day.';
comment on column mart.daily_sales.lines is 'Their lines.';
comment on column mart.daily_sales.customers is 'Customers who placed them; orders without a named buyer count for none.';
comment on column mart.daily_sales.gross is 'Their amount before refunds, without shipping; reporting currency.';
comment on column mart.daily_sales.refunds is 'Paid back on that day; reporting currency.';
comment on column mart.daily_sales.net is 'gross - refunds; reporting currency.';
