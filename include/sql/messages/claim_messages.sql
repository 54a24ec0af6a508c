-- The messages of a batch that was just claimed.
-- :batch_id, :now
update crm.message
set status = 'claimed', claimed_at = :now
where batch_id = :batch_id and status = 'planned'
