-- Counts anew what failed, or is unknown, from a send date on. One count at a time: the later one sees what the earlier
-- one wrote.
-- :since (send date), :campaign (null: all)
select pg_advisory_xact_lock(hashtextextended('crm.message_failure', 0));

delete from crm.message_failure
where send_date >= :since and campaign = coalesce(:campaign, campaign);

insert into crm.message_failure (campaign, send_date, channel, status, reason, messages)
select
    campaign,
    send_date,
    channel,
    status,
    coalesce(status_reason, '') as reason,
    count(*) as messages
from crm.message
where
    send_date >= :since and campaign = coalesce(:campaign, campaign)
    and status in ('failed', 'unknown')
group by campaign, send_date, channel, status, coalesce(status_reason, '')
