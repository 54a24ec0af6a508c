-- Waves whose orders, messages or responses may have moved since the last refresh: those with an open window then or now, those
-- without figures, and whatever the orders and refunds that came in since are part of.
-- :since             send dates from here on had open windows at the last refresh
-- :as_of             business date of this one
-- :file_version_ids  as evaluation/indicators/files gave them
with touched_order as (
    select o.order_key
    from crm.orders as o
    where o.file_version_id = any(cast(:file_version_ids as bigint[]))
    union
    select r.order_key
    from crm.refund as r
    where r.file_version_id = any(cast(:file_version_ids as bigint[]))
),

touched as (
    select
        c.campaign,
        c.occasion,
        c.wave,
        c.send_date
    from crm.conversion as c
    where c.order_key in (select t.order_key from touched_order as t)
    group by c.campaign, c.occasion, c.wave, c.send_date
)

select
    w.campaign,
    w.kind,
    w.occasion,
    w.wave,
    w.send_date
from crm.collected_wave as w
where
    w.business_date <= :as_of
    and (
        w.send_date >= :since
        or exists (
            select from touched as t
            where
                t.campaign = w.campaign and t.occasion = w.occasion and t.wave = w.wave
                and t.send_date = w.send_date
        )
        or not exists (
            select from crm.campaign_step as s
            where
                s.campaign = w.campaign
                and (
                    s.period = to_char(w.send_date, 'YYYY-MM')
                    or (s.period = '' and s.occasion = w.occasion and s.wave = w.wave)
                )
        )
    )
order by w.campaign, w.occasion, w.wave, w.send_date
