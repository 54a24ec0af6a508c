-- Writers are the pipeline; readers see mart alone. Both are group roles: grant them to a login of your own.
grant usage on schema crm, mart, staging to crm_writer;
grant select, insert, update, delete, truncate on all tables in schema crm, staging to crm_writer;
grant select on all tables in schema mart to crm_writer, crm_reader;
grant usage on schema mart to crm_reader;

-- Results and coupon uses are append-only and an opt-out is for ever: not even the pipeline can take one back.
revoke update, delete, truncate on crm.result from crm_writer;
revoke delete, truncate on crm.suppression from crm_writer;
revoke update, delete, truncate on crm.coupon_use from crm_writer;
