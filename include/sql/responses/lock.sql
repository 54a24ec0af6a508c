-- One collection at a time; the lock goes with the transaction. No parameters.
select pg_advisory_xact_lock(hashtextextended('crm.response_inbox', 0))
