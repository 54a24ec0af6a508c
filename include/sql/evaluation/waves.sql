-- The waves that a result is made of. What nobody approved was no campaign, for either arm.
-- :campaign, :occasion, :wave        occasion and wave null = all of them (pooled)
-- :first_send_date, :last_send_date  period
-- :as_of                             decisions of later business dates do not count
select
    w.occasion,
    w.wave,
    w.send_date,
    w.goal,
    w.epoch,
    w.declaration_hash,
    w.codes,
    w.customers,
    w.first_send_at,
    w.last_send_at
from crm.collected_wave as w
where
    w.campaign = :campaign
    and (cast(:occasion as text) is null or w.occasion = :occasion)
    and (cast(:wave as text) is null or w.wave = :wave)
    and w.send_date between :first_send_date and :last_send_date
    and w.business_date <= :as_of
    and not exists (
        select 1
        from crm.approval as a
        where a.campaign = w.campaign and a.business_date = w.business_date and a.outcome in ('rejected', 'timeout')
    )
order by w.last_send_at, w.occasion, w.wave, w.send_date
