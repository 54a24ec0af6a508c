-- Throw the stop switch of a campaign and send date. Again, it changes nothing.
-- :campaign, :send_date, :stopped_at, :stopped_by
insert into crm.sending_stop (campaign, send_date, stopped_at, stopped_by)
values (:campaign, :send_date, :stopped_at, :stopped_by)
on conflict (campaign, send_date) do nothing
