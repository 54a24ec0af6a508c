-- Who entered a group: each customer once, of a continuous campaign once in an epoch, with the first entry of the epoch, as in
-- evaluation/entry_pooled. What nobody approved and what never left was no campaign (crm.counted_wave).
-- :campaign, :occasion, :wave, :first_send_date, :last_send_date, :as_of  as in evaluation/waves
drop table if exists return_entry;

create temporary table return_entry on commit drop as
with counted as (
    select
        w.campaign,
        w.occasion,
        w.wave,
        w.send_date,
        w.epoch,
        w.declaration_hash
    from crm.counted_wave as w
    where
        w.campaign = :campaign
        and (cast(:occasion as text) is null or w.occasion = :occasion)
        and (cast(:wave as text) is null or w.wave = :wave)
        and w.send_date <= :last_send_date
        and w.business_date <= :as_of
),

first_of_epoch as (
    select distinct on (a.person_key, c.epoch)
        a.customer_id,
        a.occasion,
        a.instance,
        a.wave,
        a.send_date,
        a.planned_send_at,
        a.treated,
        c.declaration_hash
    from crm.assignment as a
    inner join counted as c
        on a.campaign = c.campaign and a.occasion = c.occasion and a.wave = c.wave and a.send_date = c.send_date
    order by a.person_key, c.epoch, a.planned_send_at, a.customer_id, a.occasion, a.instance, a.wave
)

select
    f.customer_id,
    f.occasion,
    f.instance,
    f.wave,
    f.planned_send_at,
    f.treated,
    f.declaration_hash
from first_of_epoch as f
where f.send_date >= :first_send_date;

analyze return_entry;
