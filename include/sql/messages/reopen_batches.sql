-- Batches of which messages were released for another attempt.
-- :batch_ids (array)
update crm.message_batch
set status = 'planned', taken = 0, handed_over_at = null, claimed_by = null
where batch_id = any(:batch_ids) and status = 'done'
