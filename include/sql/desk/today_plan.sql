-- What was decided for the latest send date that has a plan, by campaign, occasion and wave; first reasons of those left out.
with latest as (
    select max(p.business_date) as business_date
    from crm.plan as p
)

select
    p.business_date,
    p.send_date,
    c.campaign,
    c.kind,
    c.occasion,
    c.wave,
    cast(coalesce(sum(c.customers) filter (where c.decision = 'include'), 0) as bigint) as included,
    cast(coalesce(sum(c.customers) filter (where c.decision = 'hold_out'), 0) as bigint) as held_out,
    cast(coalesce(sum(c.customers) filter (where c.decision = 'exclude'), 0) as bigint) as excluded,
    coalesce(jsonb_object_agg(c.reason, c.customers) filter (where c.decision = 'exclude'), '{}') as reasons
from latest
inner join crm.plan as p on latest.business_date = p.business_date
left join crm.decision_count as c on p.business_date = c.business_date and p.send_date = c.send_date
group by p.business_date, p.send_date, c.campaign, c.kind, c.occasion, c.wave
order by included desc, c.campaign asc, c.occasion asc, c.wave asc
