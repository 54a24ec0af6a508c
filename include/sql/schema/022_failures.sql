-- What the page Today tells of messages that went wrong, counted where they are: an index on the status of a message would
-- cost every send its updates in place.

create table crm.message_failure (
    campaign text not null,
    send_date date not null,
    channel text not null,
    status text not null check (status in ('failed', 'unknown')),
    reason text not null default '',
    messages bigint not null,
    primary key (send_date, campaign, channel, status, reason)
);
comment on table crm.message_failure is 'Messages that failed, or of which nobody knows whether they went out: counted after every send and every collection of responses (messages/count_failures.sql). Local table.';
comment on column crm.message_failure.campaign is 'Campaign.';
comment on column crm.message_failure.send_date is 'Send date.';
comment on column crm.message_failure.channel is 'email or sms.';
comment on column crm.message_failure.status is 'failed or unknown.';
comment on column crm.message_failure.reason is 'Why (docs/messages.md); "" where nothing was said.';
comment on column crm.message_failure.messages is 'Messages.';

grant select, insert, update, delete on crm.message_failure to crm_writer;
