-- Writers are the pipeline; readers see mart alone.
grant usage on schema crm, mart, staging to crm_writer;
grant select, insert, update, delete, truncate on all tables in schema crm, staging to crm_writer;
grant select on all tables in schema mart to crm_writer, crm_reader;
grant usage on schema mart to crm_reader;
