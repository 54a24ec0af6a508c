-- Try to lock a batch for the length of this transaction; false while another session holds it.
-- The lock lives as long as its owner's connection: it is free at once when the owner is killed.
-- :batch_id
select pg_try_advisory_xact_lock(hashtextextended('crm.message_batch:' || cast(:batch_id as text), 0)) as locked
