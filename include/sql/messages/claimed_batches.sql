-- Batches that a run has taken up: it sends them at this moment, or it died.
-- :campaign, :send_date
select
    batch_id,
    claimed_by
from crm.message_batch
where campaign = :campaign and send_date = :send_date and status = 'claimed'
order by batch_id
