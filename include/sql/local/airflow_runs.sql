-- The latest 500 runs of all DAGs, oldest first, from the tables of Airflow's own database.
with latest as (
    select
        dag_id,
        run_id,
        partition_key,
        state,
        run_after,
        conf ->> 'mode' as mode
    from public.dag_run
    order by run_after desc
    limit 500
)

select * from latest order by run_after;
