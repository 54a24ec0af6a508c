-- The alert did not reach anybody: the next one about the same is told.
-- :about, :dag_id, :task_id, :partition_key
delete from crm.alert
where about = :about and dag_id = :dag_id and task_id = :task_id and partition_key = :partition_key;
