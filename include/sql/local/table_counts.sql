-- Rows of every table that a backup holds, so that a restore can be held against them. What is being read in (staging)
-- and the parts of partitioned tables do not count. No parameters.
create or replace function pg_temp.rows_of(counted regclass) returns bigint
language plpgsql
as $$
declare
    found bigint;
begin
    execute format('select count(*) from %s', counted) into found;
    return found;
end
$$;

select
    n.nspname || '.' || c.relname as name,
    pg_temp.rows_of(cast(c.oid as regclass)) as rows
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where n.nspname = 'crm' and c.relkind in ('r', 'p') and not c.relispartition
order by name;
