-- The keys and indexes that desk_set_aside took away.
do $$
declare
    each record;
begin
    perform set_config('maintenance_work_mem', '1GB', true);
    for each in select * from bench_index order by step loop
        execute each.back;
    end loop;
end
$$;

drop table bench_index
