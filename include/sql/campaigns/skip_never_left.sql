-- The messages of such a send that still wait are skipped; one that may have gone out in an earlier attempt is unknown.
-- :campaign, :send_date
update crm.message_batch
set status = 'done'
where campaign = :campaign and send_date = :send_date and status = 'planned';

update crm.message
set
    status = case when unanswered = 0 then 'skipped' else 'unknown' end,
    status_reason = 'past_send_date'
where campaign = :campaign and send_date = :send_date and status = 'planned'
