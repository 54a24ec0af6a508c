-- Sending by real providers: what was handed over, when a batch may be tried again, the pace and the stop switch.
alter table crm.message_batch
add column taken integer not null default 0,
add column handed_over_at timestamptz,
add column not_before timestamptz;
create index message_batch_of_day on crm.message_batch (send_date, provider);
comment on column crm.message_batch.taken is 'Messages that count for the warm-up: claimed, accepted or unknown.';
comment on column crm.message_batch.handed_over_at is 'When its provider was about to be called: committed before the call; null = no provider has seen it.';
comment on column crm.message_batch.not_before is 'Not to be tried before: the provider took nothing and said when to come back; null = at once.';

alter table crm.message add column unanswered smallint not null default 0;
comment on column crm.message.unanswered is 'Attempts that may have gone out, nobody knows, after which it was released for another one. Refused later, it is unknown and not skipped.';
-- Each message is written three times: planned, claimed, ended. Room on its page spares the indexes two of them.
alter table crm.message set (fillfactor = 50);

create table crm.sending_pace (
    provider text primary key,
    free_at timestamptz not null
);
comment on table crm.sending_pace is 'When each provider with a rate may be given its next batch, over all campaigns and runs. Local table.';
comment on column crm.sending_pace.provider is 'sendgrid or sns.';
comment on column crm.sending_pace.free_at is 'The next batch may leave from then on.';

create table crm.sending_stop (
    campaign text not null,
    send_date date not null,
    stopped_at timestamptz not null,
    stopped_by text not null,
    primary key (campaign, send_date)
);
comment on table crm.sending_stop is 'The stop switch: while a row is here, no batch of the campaign and send date is taken up. Local table.';
comment on column crm.sending_stop.campaign is 'Campaign.';
comment on column crm.sending_stop.send_date is 'Send date.';
comment on column crm.sending_stop.stopped_at is 'When it was stopped.';
comment on column crm.sending_stop.stopped_by is 'Who stopped it.';

grant select, insert, update, delete on crm.sending_pace, crm.sending_stop to crm_writer;
