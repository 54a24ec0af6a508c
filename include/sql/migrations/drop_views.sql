-- Drop our views of the schema mart. What the shop granted of them to roles of its own is kept in mart_grant, for
-- migrations/grant_views.
-- :views  their names
create temporary table if not exists mart_grant (
    view_name text,
    grantee text,
    privilege text
) on commit drop;

insert into mart_grant (view_name, grantee, privilege)
select
    c.relname,
    case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end as grantee,
    g.privilege_type
from pg_class as c
cross join lateral aclexplode(c.relacl) as g
where
    c.relnamespace = cast('mart' as regnamespace) and c.relname = any(cast(:views as text[])) and g.grantee <> c.relowner;

do $$
declare
    ours text;
begin
    select string_agg(format('mart.%I', c.relname), ', ') into ours
    from pg_class as c
    where
        c.relnamespace = cast('mart' as regnamespace) and c.relkind = 'v' and c.relname = any(cast(:views as text[]));
    if ours is not null then
        execute 'drop view ' || ours;
    end if;
end
$$
