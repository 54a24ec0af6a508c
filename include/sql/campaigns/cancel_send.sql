-- A send of which not one message left was no campaign, for either arm: results leave it out for good.
-- :campaign, :send_date, :reason (rejected, approval_timeout, never_left)
insert into crm.cancelled_send (campaign, send_date, reason)
select
    :campaign as campaign,
    cast(:send_date as date) as send_date,
    :reason as reason
where not exists (
    select from crm.message as m
    where m.campaign = :campaign and m.send_date = :send_date and m.status <> 'skipped'
)
on conflict (campaign, send_date) do nothing
