-- Messages of which nobody knows whether they went out: what the provider said when it was asked, and who sent them again.
create table crm.asked_attempt (
    attempt text primary key,
    found bigint not null,
    asked_at timestamptz not null
);
comment on table crm.asked_attempt is 'Attempts without an answer that the provider was asked about. Local table.';
comment on column crm.asked_attempt.attempt is 'Batch and instant of its claim, as the requests carried it (SendGrid: custom argument crm_attempt).';
comment on column crm.asked_attempt.found is 'Messages of it that the provider has; 0 = it took none.';
comment on column crm.asked_attempt.asked_at is 'When it was asked last.';

create table crm.unknown_release (
    campaign text not null,
    send_date date not null,
    released_at timestamptz not null,
    released_by text,
    messages bigint not null,
    taken bigint not null,
    heard bigint not null,
    primary key (campaign, send_date, released_at)
);
comment on table crm.unknown_release is 'Unknown messages that were planned again because everything speaks for it that they never left, and the evidence. Local table.';
comment on column crm.unknown_release.campaign is 'Campaign.';
comment on column crm.unknown_release.send_date is 'Send date.';
comment on column crm.unknown_release.released_at is 'When.';
comment on column crm.unknown_release.released_by is 'User who said so; null = the setting release_unknown_after_minutes.';
comment on column crm.unknown_release.messages is 'Messages that were planned again.';
comment on column crm.unknown_release.taken is 'Other messages of the send that the provider had taken by then, long enough ago to be heard of.';
comment on column crm.unknown_release.heard is 'Those of them of which events had come.';

grant select, insert, update, delete on crm.asked_attempt, crm.unknown_release to crm_writer;
