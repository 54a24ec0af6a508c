-- One upload at a time: two must not become the same version.
select pg_advisory_xact_lock(hashtextextended('crm.customer_list', 0))
