-- Who entered a result, by declaration and epoch in force: each customer once, from the first entry of the period.
-- What nobody approved was no campaign, for either arm.
-- :campaign, :occasion, :wave    occasion and wave null = all of them (pooled)
-- :first_send_date, :last_send_date  period
-- :as_of                         decisions of later business dates do not count
with entry as (
    select
        d.customer_id,
        d.decision,
        d.goal,
        d.planned_send_at,
        d.declaration_hash,
        d.epoch,
        row_number() over (
            partition by d.customer_id order by d.planned_send_at, d.occasion, d.instance, d.wave
        ) as nth
    from crm.decision as d
    where
        d.campaign = :campaign
        and (cast(:occasion as text) is null or d.occasion = :occasion)
        and (cast(:wave as text) is null or d.wave = :wave)
        and d.send_date between :first_send_date and :last_send_date
        and d.business_date <= :as_of
        and d.decision in ('include', 'hold_out')
        and not exists (
            select 1
            from crm.approval as a
            where
                a.campaign = d.campaign and a.business_date = d.business_date and a.outcome in ('rejected', 'timeout')
        )
)

select
    e.declaration_hash,
    e.epoch,
    count(*) as customers,
    min(e.planned_send_at) as first_entry_at,
    max(e.planned_send_at) as last_entry_at,
    max(e.goal) as goal
from entry as e
where e.nth = 1
group by e.declaration_hash, e.epoch
order by max(e.planned_send_at), e.declaration_hash, e.epoch
