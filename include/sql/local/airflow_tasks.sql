-- The task instances of one run, from the tables of Airflow's own database.
select
    task_id,
    state,
    try_number,
    duration,
    end_date::text as end_date
from public.task_instance
where dag_id = :dag_id and run_id = :run_id;
