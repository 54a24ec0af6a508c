-- How large each campaign was before: per wave the latest occasion, and for those that run every day the mean of the last send
-- dates that were decided.
-- :before  send date from which an occasion is ahead
-- :days    send dates of which the mean is taken
with occasion as (
    select
        c.campaign,
        c.wave,
        c.occasion,
        c.kind,
        max(c.send_date) as send_date,
        sum(c.customers) as candidates,
        coalesce(sum(c.customers) filter (where c.decision = 'include'), 0) as included
    from crm.decision_count as c
    where c.kind in ('holiday', 'seasonal') and c.send_date < :before
    group by c.campaign, c.wave, c.occasion, c.kind
),

latest as (
    select distinct on (campaign, wave) *
    from occasion
    order by campaign asc, wave asc, send_date desc
),

day as (
    select count(*) as days
    from crm.plan as p
    where p.whole and p.send_date < :before and p.send_date >= cast(:before as date) - cast(:days as integer)
)

select
    campaign,
    wave,
    occasion,
    send_date,
    1 as days,
    cast(candidates as bigint) as candidates,
    cast(included as bigint) as included
from latest
union all
select
    c.campaign,
    '' as wave,
    '' as occasion,
    max(c.send_date) as send_date,
    cast(max(day.days) as integer) as days,
    cast(round(sum(c.customers) / nullif(max(day.days), 0)) as bigint) as candidates,
    cast(
        round(coalesce(sum(c.customers) filter (where c.decision = 'include'), 0) / nullif(max(day.days), 0)) as bigint
    ) as included
from crm.decision_count as c
cross join day
where
    c.kind not in ('holiday', 'seasonal')
    and c.send_date < :before and c.send_date >= cast(:before as date) - cast(:days as integer)
group by c.campaign
