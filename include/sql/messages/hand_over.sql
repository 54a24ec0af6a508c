-- Written down before the provider is called, if the batch is still ours (no row means that another run took it over):
-- a batch without this whose owner died was seen by no provider, and may be sent.
-- :batch_id, :owner, :now
update crm.message_batch
set handed_over_at = :now
where batch_id = :batch_id and status = 'claimed' and claimed_by = :owner
