-- Makes mart.housekeeping from crm.housekeeping.
create or replace view mart.housekeeping as
select
    step,
    business_date,
    kept_from,
    removed
from crm.housekeeping;

comment on view mart.housekeeping is 'What housekeeping removed (key: step, business_date).';
comment on column mart.housekeeping.step is 'What was removed: excluded_decisions, repeated_responses, rejected_rows, outbox, … (key retention of business.yaml).';
comment on column mart.housekeeping.business_date is 'Business date as of which periods were counted.';
comment on column mart.housekeeping.kept_from is 'What is older than this date was removed.';
comment on column mart.housekeeping.removed is 'Rows removed from the warehouse, or files.';
