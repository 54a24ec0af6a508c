-- Sends of past dates of which something waits that nothing will ever send: their campaign's file is gone, or their run
-- failed and nobody cleared it. Planned messages whose hour is over, decisions that no run made messages of and whose
-- contacts still count, or a question that nobody answers any more. A simulated date stands still, so that it is over once
-- it was planned long enough ago.
-- :now (aware), :today (in the business's time zone), :days (how far back), :simulated_days (after which one is over)
with send as (
    select distinct
        c.campaign,
        c.business_date,
        c.send_date
    from crm.decision_count as c
    inner join crm.plan as p on c.business_date = p.business_date
    where
        c.decision = 'include'
        and case p.mode
            when 'live' then c.send_date < :today and c.send_date >= cast(:today as date) - cast(:days as integer)
            else
                p.planned_at <= :now - cast(:simulated_days as integer) * interval '1 day'
                and p.planned_at >= :now - cast(:days as integer) * interval '1 day'
        end
)

select
    s.campaign,
    s.business_date,
    s.send_date
from send as s
where
    (
        exists (
            select from crm.message_batch as b
            where b.campaign = s.campaign and b.send_date = s.send_date and b.status = 'planned'
        )
        and not exists (
            select from crm.message as m
            where m.campaign = s.campaign and m.send_date = s.send_date and m.status = 'planned' and m.send_by > :now
        )
    )
    or (
        not exists (
            select from crm.message_batch as b
            where b.campaign = s.campaign and b.send_date = s.send_date
        )
        and exists (
            select from crm.contact_claim as t
            where t.send_date = s.send_date and t.campaign = s.campaign and not t.released
        )
        and not exists (
            select from crm.decision as d
            where
                d.send_date = s.send_date and d.campaign = s.campaign and d.decision = 'include'
                and d.send_by > :now
        )
    )
    or (
        exists (
            select from crm.approval as a
            where a.campaign = s.campaign and a.business_date = s.business_date and a.outcome is null
        )
        and not exists (
            select from crm.decision as d
            where
                d.send_date = s.send_date and d.campaign = s.campaign and d.decision = 'include'
                and d.send_by > :now
        )
        and not exists (
            select from crm.message as m
            where m.campaign = s.campaign and m.send_date = s.send_date and m.status <> 'skipped'
        )
    )
order by s.send_date, s.campaign
