-- Runs by DAG and their partition keys, from the tables of Airflow's own database.
select
    dag_id,
    count(*) filter (where state = 'success') as success,
    count(*) filter (where state = 'failed') as failed,
    count(*) filter (where state in ('queued', 'running')) as unfinished,
    coalesce(array_agg(distinct partition_key) filter (where partition_key is not null), '{}') as keys
from public.dag_run
group by dag_id
order by dag_id;
