-- What the cohorts bought, from the month of :since on: months before it are as they were. A paid order belongs to the cohort of
-- its buyer's first purchase, unless that came in a later month (then nothing was left of the order).
-- :since  first date that may have changed
delete from crm.cohort
where month >= to_char(cast(:since as date), 'YYYY-MM');

insert into crm.cohort (shop, cohort, month, buyers, orders, net_revenue)
with first_purchase as (
    select
        customer_id,
        to_char(ordered_on, 'YYYY-MM') as month
    from indicator_purchase
    where nth = 1
),

paid as (
    select
        f.shop,
        f.customer_id,
        to_char(f.ordered_on, 'YYYY-MM') as month,
        count(*) filter (where f.is_purchase) as orders,
        sum(f.amount - f.refunded) as net
    from indicator_fact as f
    where f.is_paid and f.ordered_on >= date_trunc('month', cast(:since as timestamp))
    group by f.shop, f.customer_id, to_char(f.ordered_on, 'YYYY-MM')
),

placed as (
    select
        p.shop,
        p.month,
        p.orders,
        p.net,
        case when b.month <= p.month then b.month else '' end as cohort
    from paid as p
    left join first_purchase as b on p.customer_id = b.customer_id
)

select
    coalesce(p.shop, '') as shop,
    p.cohort,
    p.month,
    count(*) filter (where p.cohort <> '' and p.orders > 0) as buyers,
    sum(p.orders) as orders,
    sum(p.net) as net_revenue
from placed as p
group by grouping sets ((p.shop, p.cohort, p.month), (p.cohort, p.month))
