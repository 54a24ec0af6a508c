-- When the next batch that nobody has claimed is due; null = there is none.
-- :campaign, :send_date
select min(planned_send_at) as due_at
from crm.message_batch
where campaign = :campaign and send_date = :send_date and status = 'planned'
