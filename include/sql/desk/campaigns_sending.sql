-- How far the sending of campaigns has come on their send dates, and which of them were stopped.
-- :campaigns, :send_dates  pairs
select
    asked.campaign,
    asked.send_date,
    cast(coalesce(sum(b.messages), 0) as bigint) as messages,
    cast(coalesce(sum(b.messages) filter (where b.status = 'done'), 0) as bigint) as done,
    min(b.planned_send_at) as first_at,
    max(s.stopped_by) as stopped_by
from unnest(cast(:campaigns as text[]), cast(:send_dates as date[])) as asked (campaign, send_date)
left join crm.message_batch as b on asked.campaign = b.campaign and asked.send_date = b.send_date
left join crm.sending_stop as s on asked.campaign = s.campaign and asked.send_date = s.send_date
group by asked.campaign, asked.send_date
