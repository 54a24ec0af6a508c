-- The provider wants a pause: none of the open batches is tried before.
-- :campaign, :send_date, :provider, :until
update crm.message_batch
set not_before = greatest(not_before, cast(:until as timestamptz))
where campaign = :campaign and send_date = :send_date and provider = :provider and status <> 'done'
