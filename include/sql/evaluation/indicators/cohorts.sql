-- What the cohorts bought, from the month of :since on: months before it are as they were. A paid order belongs to the cohort of
-- its buyer's first purchase, unless that came in a later month (then nothing was left of the order).
-- :since  first date that may have changed
delete from crm.cohort
where month >= to_char(cast(:since as date), 'YYYY-MM');

insert into crm.cohort (shop, cohort, month, buyers, orders, net_revenue)
with first_purchase as (
    select
        customer_id,
        cast(date_trunc('month', ordered_on) as date) as month
    from indicator_purchase
    where nth = 1
),

paid as (
    -- A customer belongs to one shop.
    select
        f.customer_id,
        cast(date_trunc('month', f.ordered_on) as date) as month,
        min(f.shop) as shop,
        count(*) filter (where f.is_purchase) as orders,
        sum(f.amount - f.refunded) as net
    from indicator_fact as f
    where f.is_paid and f.ordered_on >= date_trunc('month', cast(:since as timestamp))
    group by f.customer_id, cast(date_trunc('month', f.ordered_on) as date)
),

placed as (
    select
        p.shop,
        p.month,
        p.orders,
        p.net,
        case when b.month <= p.month then b.month end as cohort
    from paid as p
    left join first_purchase as b on p.customer_id = b.customer_id
),

summed as (
    select
        coalesce(p.shop, '') as shop,
        p.cohort,
        p.month,
        count(*) filter (where p.orders > 0) as buyers,
        sum(p.orders) as orders,
        sum(p.net) as net
    from placed as p
    group by grouping sets ((p.shop, p.cohort, p.month), (p.cohort, p.month))
)

select
    s.shop,
    coalesce(to_char(s.cohort, 'YYYY-MM'), '') as cohort,
    to_char(s.month, 'YYYY-MM') as month,
    case when s.cohort is null then 0 else s.buyers end as buyers,
    s.orders,
    s.net as net_revenue
from summed as s
