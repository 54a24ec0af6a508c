-- Keys and indexes of the tables that the desk's benchmark fills with millions of rows, taken away while it does: built at
-- the end they take a fraction of the time. bench_index keeps how each is made again.
create table bench_index as
with big as (
    select cast(name as regclass) as oid
    from unnest(array[
        'crm.orders', 'crm.order_line', 'crm.refund', 'crm.decision', 'crm.message', 'crm.customer_history',
        'crm.customer_profile'
    ]) as name
)

select
    1 as step,
    'alter table ' || big.oid || ' drop constraint ' || quote_ident(c.conname) as away,
    'alter table ' || big.oid || ' add constraint ' || quote_ident(c.conname) || ' ' || pg_get_constraintdef(c.oid) as back
from big
inner join pg_constraint as c on big.oid = c.conrelid and c.contype in ('p', 'u')
union all
select
    2 as step,
    'drop index ' || cast(i.indexrelid as regclass) as away,
    pg_get_indexdef(i.indexrelid) as back
from big
inner join pg_index as i on big.oid = i.indrelid
where not exists (select from pg_constraint as c where c.conindid = i.indexrelid);

do $$
declare
    each record;
begin
    for each in select * from bench_index order by step loop
        execute each.away;
    end loop;
end
$$
