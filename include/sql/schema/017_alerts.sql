-- What was told to people, so that the same trouble is told once and not at every retry or every ten minutes.
create table crm.alert (
    about text not null check (about in ('failed', 'late')),
    dag_id text not null,
    task_id text not null default '',
    partition_key text not null default '',
    sent_at timestamptz not null,
    primary key (about, dag_id, task_id, partition_key)
);
comment on table crm.alert is 'The last alert of each kind about a task and a business date; told again after a while. Local table.';
comment on column crm.alert.about is 'failed: a task ended so. late: a run was not done in time.';
comment on column crm.alert.dag_id is 'DAG that is in trouble.';
comment on column crm.alert.task_id is 'Its task; empty where the whole run is meant.';
comment on column crm.alert.partition_key is 'Business date of the run; the run itself where somebody started it without one; empty for runs on a clock.';
comment on column crm.alert.sent_at is 'When it was told last.';

grant select, insert, update, delete on crm.alert to crm_writer;
