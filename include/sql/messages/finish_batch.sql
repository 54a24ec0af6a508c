-- Close a batch if it is still ours: no row means that another run took it over. One with messages that the provider
-- did not take is open again.
-- :batch_id, :owner, :status (done, planned), :taken
update crm.message_batch
set status = :status, taken = :taken
where batch_id = :batch_id and status = 'claimed' and claimed_by = :owner
