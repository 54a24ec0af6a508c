-- Every version of a campaign's primary results: a figure that was reported once can be found again, with what changed it.
-- :campaign  name
-- :as_of     business date of the report
select
    occasion,
    wave,
    period,
    goal,
    window_days,
    version,
    as_of,
    reason,
    status,
    assignment,
    treated,
    control,
    difference,
    low,
    high,
    incremental_revenue,
    revenue_low,
    revenue_high
from crm.result
where campaign = :campaign and is_primary and dimension = 'all' and as_of <= :as_of
order by occasion asc, wave asc, period asc, version desc
