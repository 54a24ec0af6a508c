-- Sends of past dates of which something waits that nothing will ever send: their campaign's file is gone, or their run
-- failed and nobody cleared it. Planned messages whose hour is over, or decisions that no run made messages of and whose
-- contacts still count. Simulated dates are not looked at: their clock is another one.
-- :now (aware), :today (in the business's time zone), :days (how far back)
with send as (
    select distinct
        c.campaign,
        c.send_date
    from crm.decision_count as c
    inner join crm.plan as p on c.business_date = p.business_date and p.mode = 'live'
    where
        c.decision = 'include' and c.send_date < :today
        and c.send_date >= cast(:today as date) - cast(:days as integer)
)

select
    s.campaign,
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
order by s.send_date, s.campaign
