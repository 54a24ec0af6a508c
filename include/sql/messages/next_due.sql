-- When the next unclaimed batch is due, by provider.
-- :campaign, :send_date
select
    provider,
    min(greatest(planned_send_at, not_before)) as due_at
from crm.message_batch
where campaign = :campaign and send_date = :send_date and status = 'planned'
group by provider
order by provider
