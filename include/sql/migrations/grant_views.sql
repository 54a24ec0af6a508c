-- Who may read the views of the schema mart: the product's two roles, and whom the shop had granted a view that was made anew.
-- Reads mart_grant (migrations/drop_views). No parameters.
grant select on all tables in schema mart to crm_writer, crm_reader;

create temporary table if not exists mart_grant (
    view_name text,
    grantee text,
    privilege text
) on commit drop;

do $$
declare
    kept record;
begin
    for kept in select * from mart_grant where to_regclass(format('mart.%I', view_name)) is not null loop
        execute format('grant %s on mart.%I to %s', kept.privilege, kept.view_name, kept.grantee);
    end loop;
end
$$
