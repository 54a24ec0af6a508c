-- What the login of BI tools (crm_bi) may use of this server: one database, no tables and no large objects of its own, and
-- queries that end. Reads and makes nothing. Whoever runs it owns the database; what a superuser alone may do is left out
-- with a notice. No parameters.
do $$
declare
    maker text;
begin
    execute format('grant connect on database %I to crm_reader', current_database());
    execute format('revoke temporary on database %I from public', current_database());
    execute format('grant temporary on database %I to crm_writer', current_database());
    foreach maker in array array['lo_create(oid)', 'lo_creat(integer)', 'lo_from_bytea(oid, bytea)'] loop
        execute format('revoke execute on function pg_catalog.%s from public', maker);
    end loop;
    if (select rolconfig is null from pg_roles where rolname = 'crm_bi') then
        alter role crm_bi connection limit 20;
        alter role crm_bi set statement_timeout = '5min';
        alter role crm_bi set lock_timeout = '30s';
        alter role crm_bi set idle_in_transaction_session_timeout = '5min';
        alter role crm_bi set default_transaction_read_only = on;
    end if;
exception
    when insufficient_privilege then
        raise notice 'crm_bi keeps what the server grants to everybody: %', sqlerrm;
end
$$;
