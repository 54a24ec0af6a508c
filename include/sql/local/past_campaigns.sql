-- The campaigns that were imported by a mapping, as last imported, with their primary results and what was redeemed.
-- :mapping  name of the mapping
with in_force as (
    select distinct on (c.campaign, c.occasion) c.*
    from crm.imported_campaign as c
    where c.mapping = :mapping
    order by c.campaign asc, c.occasion asc, c.version desc
),

redeemed as (
    select
        o.campaign,
        o.occasion,
        sum(o.redeemed) as redemptions
    from crm.imported_outcome as o
    inner join in_force as c
        on
            o.campaign = c.campaign
            and o.occasion = c.occasion
            and o.version = c.version
            and o.window_days = c.windows_days[1]
    group by o.campaign, o.occasion
),

given as (
    select
        a.campaign,
        a.occasion,
        string_agg(distinct a.variant, ', ') as type
    from crm.imported_assignment as a
    inner join in_force as c on a.campaign = c.campaign and a.occasion = c.occasion and a.version = c.version
    where a.treated
    group by a.campaign, a.occasion
),

result as (
    select distinct on (r.campaign, r.occasion) r.*
    from crm.result as r
    where r.kind = 'imported' and r.is_primary
    order by r.campaign asc, r.occasion asc, r.version desc
)

select
    c.campaign,
    c.occasion as began,
    g.type,
    r.assignment,
    r.goal,
    r.window_days,
    r.status,
    r.treated,
    r.control,
    coalesce(d.redemptions, 0) as redemptions,
    r.treated_rate,
    r.control_rate,
    r.difference,
    r.low,
    r.high,
    r.naive_revenue,
    r.incremental_revenue,
    r.revenue_low,
    r.revenue_high,
    r.version,
    cast(r.as_of as text) as as_of
from in_force as c
inner join result as r on c.campaign = r.campaign and c.occasion = r.occasion
left join given as g on c.campaign = g.campaign and c.occasion = g.occasion
left join redeemed as d on c.campaign = d.campaign and c.occasion = d.occasion
order by c.campaign, c.occasion
