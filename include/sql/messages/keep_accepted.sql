-- The provider took all of a batch: kept at once, because until then nobody but this run knows it. The messages follow.
-- :batch_id, :owner
update crm.message_batch
set accepted_at = handed_over_at
where batch_id = :batch_id and status = 'claimed' and claimed_by = :owner
