-- The state that a backup holds, and its rows are counted in: one snapshot for both. No parameters.
set local transaction_isolation = 'repeatable read';
select pg_export_snapshot() as snapshot;
