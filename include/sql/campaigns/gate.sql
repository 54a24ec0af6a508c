-- What keeps the campaigns of a business date from running, one row each; no row: the gate is open. Its own orders of
-- every shop, its refreshed customers, and the dates before it: in, or waived; and planned where they are to be planned,
-- so that dates are decided in their order. Dates before a shop's first published one do not count.
-- :business_date, :days (earlier dates that count), :shops (array; of the business), :mode (live or simulate),
-- :today (in the business's time zone: a date whose send date is over needs no plan any more)
with expected as (
    select
        s.shop,
        cast(day as date) as business_date,
        (select min(p.business_date) from crm.delivery as p where p.shop = s.shop) as first_on
    from unnest(cast(:shops as text[])) as s (shop)
    cross join generate_series(
        cast(:business_date as date) - cast(:days as integer), cast(:business_date as date), interval '1 day'
    ) as day
),

counted as (
    select
        e.shop,
        e.business_date,
        d.mode
    from expected as e
    left join crm.delivery as d on e.shop = d.shop and e.business_date = d.business_date
    where
        e.business_date = :business_date
        or (
            e.business_date >= e.first_on
            and not exists (select from crm.waiver as w where w.business_date = e.business_date)
        )
),

not_in as (
    select
        c.business_date,
        c.shop,
        f.source_file,
        f.failure
    from counted as c
    left join lateral (
        select
            v.source_file,
            v.failure
        from crm.file_version as v
        where
            v.shop = c.shop and v.status = 'failed' and v.failure is not null
            and c.business_date between coalesce(v.from_date, v.business_date) and v.business_date
        order by v.file_version_id desc
        limit 1
    ) as f on true
    where c.mode is null
),

not_planned as (
    select distinct c.business_date
    from counted as c
    where
        c.business_date < :business_date and c.mode = :mode
        and (:mode = 'simulate' or c.business_date + 1 >= :today)
        and not exists (select from crm.plan as p where p.business_date = c.business_date and p.whole)
        and not exists (
            select from crm.hold as h
            where h.business_date = c.business_date and h.campaign = '' and h.ended_at is not null
        )
)

select
    business_date,
    shop,
    case when source_file is null then 'missing' else 'failed' end as problem,
    source_file,
    failure
from not_in
union all
select
    cast(:business_date as date) as business_date,
    null as shop,
    'not_refreshed' as problem,
    null as source_file,
    null as failure
where not exists (select from crm.refresh as r where r.as_of >= :business_date)
union all
select
    business_date,
    null as shop,
    'not_planned' as problem,
    null as source_file,
    null as failure
from not_planned
order by business_date, shop, problem
