-- The latest version of every result of a whole audience, primary ones first. Occasion and wave are '' for pooled results.
with latest as (
    select distinct on (campaign, occasion, wave, period, goal, window_days) r.*
    from crm.result as r
    where r.dimension = 'all'
    order by campaign asc, occasion asc, wave asc, period asc, goal asc, window_days asc, version desc
)

select
    campaign,
    kind,
    occasion,
    wave,
    period,
    goal,
    window_days,
    is_primary,
    status,
    treated,
    control,
    treated_rate,
    control_rate,
    difference,
    low,
    high,
    naive_revenue,
    incremental_revenue,
    revenue_low,
    revenue_high,
    version,
    cast(as_of as text) as as_of
from latest
order by campaign asc, occasion asc, wave asc, period asc, is_primary desc, goal asc, window_days asc;
