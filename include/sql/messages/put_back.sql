-- The claimed messages of a batch go back to be sent by the next claim. Those that may have gone out are marked.
-- :batch_id, :unanswered (1 where the provider may have got them, else 0)
update crm.message
set status = 'planned', claimed_at = null, unanswered = unanswered + cast(:unanswered as smallint)
where batch_id = :batch_id and status = 'claimed'
