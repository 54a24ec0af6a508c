-- Close a batch if it is still ours: no row means that another run took it over.
-- :batch_id, :owner
update crm.message_batch
set status = 'done'
where batch_id = :batch_id and status = 'claimed' and claimed_by = :owner
