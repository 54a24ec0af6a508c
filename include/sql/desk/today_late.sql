-- Business dates of the last days whose orders are not in, by shop, from its first delivery on; waived ones are no longer awaited.
-- :due   the last business date that is over
-- :days  business dates that count, :due the last of them
select
    s.shop,
    cast(day as date) as business_date
from crm.shop as s
cross join
    generate_series(
        cast(:due as date) - cast(:days as integer) + 1, cast(:due as date), interval '1 day'
    ) as day
where
    day > (select min(d.business_date) from crm.delivery as d where d.shop = s.shop)
    and not exists (select 1 from crm.delivery as d where d.shop = s.shop and d.business_date = cast(day as date))
    and not exists (select 1 from crm.waiver as w where w.business_date = cast(day as date))
order by s.shop, business_date
