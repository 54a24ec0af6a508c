-- One import at a time: versions of imported campaigns and of their results are numbered. Held to the end of the transaction.
-- Evaluations of live campaigns go on beside it: no campaign is both (names_taken), so they never number the same results.
select pg_advisory_xact_lock(hashtext('crm.experiments'))
