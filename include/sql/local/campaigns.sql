-- One row per campaign, occasion, wave and send date: candidates = excluded + held_out + included,
-- included = messages + skipped (a message was skipped when an opt-out or the end of its time came before it).
with decided as (
    select
        d.campaign,
        d.kind,
        d.occasion,
        d.wave,
        d.send_date,
        d.decision,
        d.reason,
        count(*) as customers,
        count(*) filter (where d.decision = 'include' and m.status = 'skipped') as skipped
    from crm.decision as d
    left join crm.message as m
        on
            d.customer_id = m.customer_id and d.campaign = m.campaign and d.occasion = m.occasion
            and d.instance = m.instance and d.wave = m.wave and d.channel = m.channel
    group by d.campaign, d.kind, d.occasion, d.wave, d.send_date, d.decision, d.reason
)

select
    campaign,
    kind,
    occasion,
    wave,
    cast(send_date as text) as send_date,
    cast(sum(customers) as bigint) as candidates,
    coalesce(jsonb_object_agg(reason, customers) filter (where decision = 'exclude'), '{}') as excluded,
    cast(coalesce(sum(customers) filter (where decision = 'hold_out'), 0) as bigint) as held_out,
    cast(coalesce(sum(customers) filter (where decision = 'include'), 0) as bigint) as included,
    cast(sum(skipped) as bigint) as skipped,
    cast(coalesce(sum(customers) filter (where decision = 'include'), 0) - sum(skipped) as bigint) as messages
from decided
group by campaign, kind, occasion, wave, send_date
order by send_date, campaign, occasion, wave;
