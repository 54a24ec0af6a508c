-- The report of a day goes to the staff by e-mail, once.
create table crm.report_mail (
    as_of date not null,
    content_hash text not null,
    recipient text not null,
    request integer not null check (request >= 1),
    status text not null default 'claimed' check (status in ('claimed', 'accepted', 'failed', 'unknown', 'deferred')),
    provider text,
    provider_message_id text,
    reason text,
    primary key (as_of, content_hash, recipient, request)
);
comment on table crm.report_mail is 'Mails of the daily report: claimed and committed before the provider is called, so that whatever dies, the same report goes to nobody twice unasked. Local table.';
comment on column crm.report_mail.as_of is 'Business date of the report.';
comment on column crm.report_mail.content_hash is 'SHA-256 of its figures: a late order makes another report of the same date.';
comment on column crm.report_mail.recipient is 'Name in staff of business.yaml; no address.';
comment on column crm.report_mail.request is '1: by itself; 2, 3, …: a person asked for it again.';
comment on column crm.report_mail.status is 'claimed (about to be sent, or its sender died), accepted, failed, unknown or deferred, as of the provider. Only a person has it sent again.';
comment on column crm.report_mail.provider is 'Provider of the channel email.';
comment on column crm.report_mail.provider_message_id is 'The provider''s id of the message.';
comment on column crm.report_mail.reason is 'Why the provider did not take it; no address.';

grant select, insert, update on crm.report_mail to crm_writer;
