-- Which results may have changed since the last evaluation: windows that were open then or are open now, decisions made
-- since, results of the method before this one, and whatever the orders and refunds that came in since are part of (a late refund reaches a result closed long ago).
-- :since             send dates from here on had open windows at the last evaluation
-- :as_of             business date of this one
-- :send_dates        send dates of plans that no evaluation has taken in
-- :file_version_ids  file versions that no evaluation has taken in
with recent as (
    select
        w.campaign,
        w.kind,
        w.occasion,
        w.wave,
        w.send_date
    from crm.collected_wave as w
    where
        (w.send_date >= :since or w.send_date = any(cast(:send_dates as date[])))
        and w.business_date <= :as_of
),

-- A file that replaces an earlier one as a whole also ends what it lacks.
touched_file as (
    select unnest(cast(:file_version_ids as bigint[])) as file_version_id
    union
    select earlier.file_version_id
    from crm.file_version as f
    inner join crm.file_version as earlier
        on f.shop = earlier.shop and f.kind = earlier.kind and f.source_file = earlier.source_file
    where f.file_version_id = any(cast(:file_version_ids as bigint[]))
),

touched_order as (
    select o.order_key
    from crm.orders as o
    where o.file_version_id = any(array(select t.file_version_id from touched_file as t))
    union
    select r.order_key
    from crm.refund as r
    where r.file_version_id = any(array(select t.file_version_id from touched_file as t))
),

touched as (
    select
        c.campaign,
        c.kind,
        c.occasion,
        c.wave,
        c.send_date
    from crm.conversion as c
    where c.order_key in (select t.order_key from touched_order as t)
    group by c.campaign, c.kind, c.occasion, c.wave, c.send_date
),

-- Results that an earlier release added up raw, or whose profit knew no cost of goods: once they have a version by the method
-- of today.
outdated as (
    select
        r.campaign,
        r.occasion,
        r.wave,
        r.period
    from crm.result as r
    where r.kind <> 'imported'
    group by r.campaign, r.occasion, r.wave, r.period
    having bool_and(r.profit_basis is null) or (r.period <> '' and bool_and(r.method = 'post_stratified'))
),

by_another_method as (
    select
        w.campaign,
        w.kind,
        w.occasion,
        w.wave,
        w.send_date
    from crm.collected_wave as w
    inner join outdated as o
        on
            w.campaign = o.campaign
            and (
                o.period in (to_char(w.send_date, 'YYYY-MM'), 'to-date')
                or (o.period = '' and o.occasion = w.occasion and o.wave = w.wave)
            )
    where w.business_date <= :as_of
)

select
    campaign,
    kind,
    occasion,
    wave,
    send_date
from recent
union
select
    campaign,
    kind,
    occasion,
    wave,
    send_date
from by_another_method
union
select
    campaign,
    kind,
    occasion,
    wave,
    send_date
from touched
order by campaign, occasion, wave, send_date
