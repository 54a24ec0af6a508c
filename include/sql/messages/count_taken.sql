-- Claimed messages count for the warm-up from now on.
-- :batch_id, :messages
update crm.message_batch
set taken = taken + :messages
where batch_id = :batch_id
