-- One row per campaign, occasion and wave: candidates = included + held out + excluded.
-- Parameters: named (null = all)
with counted as (
    select
        campaign,
        kind,
        occasion,
        wave,
        send_date,
        priority,
        decision,
        reason,
        count(*) as customers
    from decided
    where cast(:named as text) is null or campaign = :named
    group by campaign, kind, occasion, wave, send_date, priority, decision, reason
)

select
    campaign,
    kind,
    occasion,
    wave,
    cast(send_date as text) as send_date,
    cast(sum(customers) as bigint) as candidates,
    cast(coalesce(sum(customers) filter (where decision = 'include'), 0) as bigint) as included,
    cast(coalesce(sum(customers) filter (where decision = 'hold_out'), 0) as bigint) as held_out,
    coalesce(jsonb_object_agg(reason, customers) filter (where decision = 'exclude'), '{}') as excluded
from counted
group by campaign, kind, occasion, wave, send_date
order by min(priority), campaign, occasion, wave
