-- Paid orders and money by shop, in the reporting currency, to the cent; orders without a named buyer included.
with sales as (
    select
        shop,
        sum(orders) as orders,
        sum(gross) as gross,
        sum(refunds) as refunds,
        sum(net) as net
    from mart.daily_sales
    group by shop
)

select
    s.shop,
    s.source,
    cast(coalesce(sales.orders, 0) as bigint) as orders,
    round(coalesce(sales.gross, 0), 2) as gross,
    round(coalesce(sales.refunds, 0), 2) as refunds,
    round(coalesce(sales.net, 0), 2) as net
from crm.shop as s
left join sales on s.shop = sales.shop
order by s.shop;
