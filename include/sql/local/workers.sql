-- Which worker ran which tasks, from the tables of Airflow's own database. A task that was tried or rescheduled several
-- times counts once, for the worker that ended it. No parameters.
select
    hostname as worker,
    dag_id,
    task_id,
    count(*) as tasks,
    sum(coalesce(duration, 0)) as seconds
from public.task_instance
where state = 'success' and coalesce(hostname, '') <> ''
group by hostname, dag_id, task_id
order by dag_id, task_id, worker;
