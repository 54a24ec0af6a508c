-- What housekeeping removed, and how far it got. Rows of decisions that left somebody out go after a while; their counts stay.
alter table crm.decision_count add column rows_removed_on date;
comment on column crm.decision_count.rows_removed_on is 'Business date as of which housekeeping removed the excluded customers'' rows from crm.decision; null = they are there.';
create index decision_count_rows_kept on crm.decision_count (send_date)
where decision = 'exclude' and rows_removed_on is null;

-- Responses come in the order of this date: a range index costs next to nothing.
create index response_by_known_on on crm.response using brin (known_on) with (pages_per_range = 32);

create table crm.housekeeping (
    step text not null,
    business_date date not null,
    kept_from date not null,
    removed bigint not null,
    primary key (step, business_date)
);
comment on table crm.housekeeping is 'What housekeeping removed: one row per step and business date. Local table.';
comment on column crm.housekeeping.step is 'What was removed, as the key retention of business.yaml calls it.';
comment on column crm.housekeeping.business_date is 'Business date as of which periods were counted.';
comment on column crm.housekeeping.kept_from is 'What is older than this date was removed.';
comment on column crm.housekeeping.removed is 'Rows removed from the warehouse, or files.';

create view mart.housekeeping as
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

grant select, insert, update on crm.housekeeping to crm_writer;
grant select on mart.housekeeping to crm_writer, crm_reader;
