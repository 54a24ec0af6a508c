-- The task instances of the run :run_id of :dag_id, from the tables of Airflow's own database.
select
    task_id,
    state,
    try_number,
    duration,
    end_date::text as end_date
from public.task_instance
where dag_id = :dag_id and run_id = :run_id;
