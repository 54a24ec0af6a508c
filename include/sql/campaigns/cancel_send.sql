-- A send of which not one message left was no campaign, for either arm: results leave it out for good.
-- :campaign, :send_date, :reason (rejected, approval_timeout, never_left)
with send as (
    select
        cast(:campaign as text) as campaign,
        cast(:send_date as date) as send_date,
        cast(:reason as text) as reason
)

insert into crm.cancelled_send (campaign, send_date, reason)
select
    s.campaign,
    s.send_date,
    s.reason
from send as s
where
    not exists (
        select from crm.message as m
        where m.campaign = :campaign and m.send_date = :send_date and m.status <> 'skipped'
    )
on conflict (campaign, send_date) do nothing
