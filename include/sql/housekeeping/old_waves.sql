-- Waves whose excluded customers' rows may go: nothing that is decided, sent or evaluated from :cutoff on reads them.
-- Kept are those of an occasion that goes on after :cutoff (who was left out of it is not decided again, and keeps the key that
-- the arm is drawn by); those of an approval that nobody has answered (it hashes every decision); and, of repurchases,
-- those whose purchase the longest cycle could bring up again.
-- :cutoff  the first day of a year: the key that was drawn by first in a year counts for all of it
with longest as (
    select
        cast(ceil(greatest(
            (select max(c.cycle_days) from crm.repurchase_cycle as c),
            (select max(r.cycle_days) from crm.repurchase_rhythm as r),
            0
        )) as integer) as days
)

select
    c.campaign,
    c.occasion,
    c.wave,
    c.business_date,
    c.send_date,
    cast(sum(c.customers) as bigint) as customers
from crm.decision_count as c
where
    c.decision = 'exclude' and c.rows_removed_on is null
    and c.send_date < :cutoff
    and not exists (
        select from crm.decision_count as later
        where later.campaign = c.campaign and later.occasion = c.occasion and later.send_date >= :cutoff
    )
    and not exists (
        select from crm.approval as a
        where a.campaign = c.campaign and a.business_date = c.business_date and a.outcome is null
    )
    and (c.kind <> 'repurchase' or c.send_date + (select l.days from longest as l) + 14 < :cutoff)
group by c.campaign, c.occasion, c.wave, c.business_date, c.send_date
order by c.send_date, c.campaign, c.occasion, c.wave
