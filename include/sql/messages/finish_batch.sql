-- Close a batch if it is still ours: no row means that another run took it over. One with messages that the provider
-- did not take is open again. Once more, it changes nothing.
-- :batch_id, :owner, :status (done, planned), :taken (null = as it is)
update crm.message_batch
set status = :status, taken = coalesce(cast(:taken as integer), taken)
where batch_id = :batch_id and claimed_by = :owner and status in ('claimed', 'done')
