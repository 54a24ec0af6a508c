-- Two refreshes never interleave, and nobody publishes facts (they announce them in the queue) while one reads.
select pg_advisory_xact_lock(hashtextextended('crm.refresh', 0));
lock table crm.refresh_queue in share row exclusive mode;
