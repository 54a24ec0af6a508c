-- What a provider said of a whole batch is kept at once, before its messages are written: a sender that is killed in between
-- leaves nothing of it in doubt.
alter table crm.message_batch add column accepted_at timestamptz;
comment on column crm.message_batch.accepted_at is 'When its provider was given it and took all of it: kept before the messages are; null = not known, or not all.';
