-- Why messages of a campaign and send date did not go out, or nobody knows.
-- :campaign, :send_date
select
    status,
    coalesce(status_reason, '') as reason,
    count(*) as messages
from crm.message
where campaign = :campaign and send_date = :send_date and status in ('skipped', 'failed', 'unknown')
group by status, status_reason
order by status, status_reason
