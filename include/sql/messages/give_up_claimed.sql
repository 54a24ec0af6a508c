-- The owner of a batch died and its provider cannot be asked again without risking a second send: nobody knows.
-- :batch_id, :reason
update crm.message
set status = 'unknown', status_reason = :reason
where batch_id = :batch_id and status = 'claimed'
