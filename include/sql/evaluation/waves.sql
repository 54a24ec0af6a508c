-- The waves that a result may be made of. What nobody approved and what never left was no campaign, for either arm: it does
-- not count (crm.counted_wave).
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
    w.last_send_at,
    c.campaign is not null as counts
from crm.collected_wave as w
left join crm.counted_wave as c
    on w.campaign = c.campaign and w.occasion = c.occasion and w.wave = c.wave and w.send_date = c.send_date
where
    w.campaign = :campaign
    and (cast(:occasion as text) is null or w.occasion = :occasion)
    and (cast(:wave as text) is null or w.wave = :wave)
    and w.send_date between :first_send_date and :last_send_date
    and w.business_date <= :as_of
order by w.last_send_at, w.occasion, w.wave, w.send_date
