-- How far the runs of daily_orders have come, from the tables of Airflow's own database.
-- evaluated: evaluate_campaigns has succeeded since the run of :last_key began.
with daily as (
    select
        partition_key,
        start_date
    from public.dag_run
    where dag_id = 'daily_orders' and state = 'success' and partition_key is not null
)

select
    (select coalesce(array_agg(distinct daily.partition_key), '{}') from daily) as keys,
    (
        select count(*) > 0
        from public.dag_run as e
        where
            e.dag_id = 'evaluate_campaigns' and e.state = 'success'
            and e.start_date > (select max(d.start_date) from daily as d where d.partition_key = :last_key)
    ) as evaluated,
    (select count(*) from public.dag_run as r where r.state in ('queued', 'running')) as unfinished;
