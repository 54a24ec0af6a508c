-- One planning pass at a time: the second waits, then sees the claims of the first.
select pg_advisory_xact_lock(hashtextextended('crm.plan', 0))
