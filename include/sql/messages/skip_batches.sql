-- Messages of batches that will not be sent any more.
-- :batch_ids (array), :reason
update crm.message
set
    status = case when unanswered = 0 then 'skipped' else 'unknown' end,
    status_reason = cast(:reason as text)
where batch_id = any(:batch_ids) and status = 'planned'
