-- One collection or evaluation at a time: Airflow may start several, and versions are numbered. Held to the end of the transaction.
select pg_advisory_xact_lock(hashtext('crm.evaluation'))
