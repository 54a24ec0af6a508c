-- How far a campaign's sending is: messages in its batches, and in those that are done.
-- :campaign, :send_date
select
    coalesce(sum(messages), 0) as messages,
    coalesce(sum(messages) filter (where status = 'done'), 0) as ended
from crm.message_batch
where campaign = :campaign and send_date = :send_date
