-- What the provider said of all messages of a batch that were not recorded one by one.
-- :batch_id, :status, :reason, :accepted_at
update crm.message
set status = :status, status_reason = cast(:reason as text), accepted_at = cast(:accepted_at as timestamptz)
where batch_id = :batch_id and status = 'claimed'
