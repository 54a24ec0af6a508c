-- The latest version of every result of a whole audience, for summaries: primary results first within a campaign.
with latest as (
    select distinct on (r.campaign, r.occasion, r.wave, r.period, r.goal, r.window_days) r.*
    from crm.result as r
    where r.dimension = 'all'
    order by r.campaign asc, r.occasion asc, r.wave asc, r.period asc, r.goal asc, r.window_days asc, r.version desc
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
    treated_converted,
    control_converted,
    treated_rate,
    control_rate,
    difference,
    low,
    high,
    p_value,
    naive_revenue,
    incremental_revenue,
    revenue_low,
    revenue_high,
    revenue_cap,
    revenue_uncapped,
    uncapped_reliable,
    sample_ratio_p,
    version,
    as_of,
    reason
from latest
order by campaign asc, occasion asc, wave asc, period asc, is_primary desc, goal asc, window_days asc
