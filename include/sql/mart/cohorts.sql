-- Makes mart.cohorts from crm.cohort, crm.indicator_refresh.
create or replace view mart.cohorts as
with latest as (
    select max(as_of) as as_of from crm.indicator_refresh
),

first_month as (
    select
        shop,
        cohort,
        buyers as customers
    from crm.cohort
    where cohort = month
),

due as (
    -- Months in which nobody of a cohort bought are months, too.
    select
        first_month.shop,
        first_month.cohort,
        first_month.customers,
        to_char(calendar.month, 'YYYY-MM') as month
    from first_month
    cross join latest
    cross join
        lateral generate_series(
            to_date(first_month.cohort, 'YYYY-MM'), latest.as_of, interval '1 month'
        ) as calendar (month)
    union all
    select
        shop,
        cohort,
        0 as customers,
        month
    from crm.cohort
    where cohort = ''
)

select
    due.shop,
    due.cohort,
    due.month,
    case
        when due.cohort <> '' then
            12 * (cast(left(due.month, 4) as integer) - cast(left(due.cohort, 4) as integer))
            + cast(right(due.month, 2) as integer) - cast(right(due.cohort, 2) as integer)
    end as months_since,
    due.customers,
    coalesce(cohort.buyers, 0) as buyers,
    cast(coalesce(cohort.buyers, 0) as double precision) / nullif(due.customers, 0) as returning_share,
    coalesce(cohort.orders, 0) as orders,
    coalesce(cohort.net_revenue, 0) as net_revenue,
    due.month < to_char(latest.as_of + 1, 'YYYY-MM') as is_complete
from due
left join crm.cohort as cohort
    on due.shop = cohort.shop and due.cohort = cohort.cohort and due.month = cohort.month
cross join latest;

comment on view mart.cohorts is 'One row per shop, cohort and month since (key: shop, cohort, month; shop "" = all). Sums to the net revenue of mart.shop_indicators.';
comment on column mart.cohorts.shop is 'Shop; "" = all shops.';
comment on column mart.cohorts.cohort is 'Month of the first purchase (2017-11); "" = orders of nobody''s cohort: no named buyer, or nothing left of them before a first purchase.';
comment on column mart.cohorts.month is 'Month of the orders (2017-12).';
comment on column mart.cohorts.months_since is 'Months since the first purchase; 0 = the month of it.';
comment on column mart.cohorts.customers is 'Customers of the cohort.';
comment on column mart.cohorts.buyers is 'Of these, with a purchase in the month.';
comment on column mart.cohorts.returning_share is 'buyers / customers; 1 in the first month by definition.';
comment on column mart.cohorts.orders is 'Purchases in the month.';
comment on column mart.cohorts.net_revenue is 'Net revenue of the paid orders of the month; reporting currency.';
comment on column mart.cohorts.is_complete is 'False: the month is not over yet.';
