-- The ledger: one row per included decision. Its key makes a second send impossible.
create table crm.message_batch (
    batch_id bigint generated always as identity primary key,
    campaign text not null,
    occasion text not null,
    wave text not null,
    send_date date not null,
    channel text not null,
    provider text not null,
    planned_send_at timestamptz not null,
    status text not null default 'planned' check (status in ('planned', 'claimed', 'done')),
    messages integer not null,
    claimed_by text,
    claimed_at timestamptz
);
create index message_batch_open on crm.message_batch (campaign, send_date) where status <> 'done';
comment on table crm.message_batch is 'Batches that a sender claims and commits before it calls a provider. Local table.';
comment on column crm.message_batch.batch_id is 'Batch.';
comment on column crm.message_batch.campaign is 'Campaign.';
comment on column crm.message_batch.occasion is 'Occasion.';
comment on column crm.message_batch.wave is 'Wave.';
comment on column crm.message_batch.send_date is 'Send date.';
comment on column crm.message_batch.channel is 'email or sms.';
comment on column crm.message_batch.provider is 'sendgrid, sns or outbox.';
comment on column crm.message_batch.planned_send_at is 'When it goes out: not before.';
comment on column crm.message_batch.status is 'planned, claimed or done.';
comment on column crm.message_batch.messages is 'Messages in it.';
comment on column crm.message_batch.claimed_by is 'Airflow run that claimed it, and which attempt of it: only this one may record what became of it.';
comment on column crm.message_batch.claimed_at is 'When it was claimed, by the send gate''s clock.';

create table crm.message (
    customer_id bigint not null,
    campaign text not null,
    occasion text not null,
    instance text not null default '',
    wave text not null default 'main',
    channel text not null,
    message_id text not null,
    batch_id bigint not null,
    contact_key uuid not null,
    send_date date not null,
    planned_send_at timestamptz not null,
    send_by timestamptz not null,
    locale text not null,
    variant text not null default 'a',
    status text not null default 'planned'
    check (status in ('planned', 'claimed', 'accepted', 'delivered', 'failed', 'unknown', 'skipped')),
    status_reason text,
    provider text not null,
    provider_message_id text,
    sending_cost numeric(18, 4) not null default 0,
    claimed_at timestamptz,
    accepted_at timestamptz,
    primary key (customer_id, campaign, occasion, instance, wave, channel),
    unique (customer_id, message_id)
);
create index message_by_batch on crm.message (batch_id);
create index message_by_id on crm.message (message_id);
create index message_by_campaign on crm.message (campaign, send_date);
comment on table crm.message is 'The message ledger: every included decision is one row. Distributed by customer_id.';
comment on column crm.message.customer_id is 'Customer.';
comment on column crm.message.campaign is 'Campaign.';
comment on column crm.message.occasion is 'Occasion.';
comment on column crm.message.instance is 'Instance.';
comment on column crm.message.wave is 'Wave.';
comment on column crm.message.channel is 'email or sms.';
comment on column crm.message.message_id is 'Short id that providers and links carry; says nothing of the person.';
comment on column crm.message.batch_id is 'Batch it is claimed with.';
comment on column crm.message.contact_key is 'Key of the address.';
comment on column crm.message.send_date is 'Send date.';
comment on column crm.message.planned_send_at is 'When it goes out.';
comment on column crm.message.send_by is 'After this it is skipped.';
comment on column crm.message.locale is 'zh-CN or en.';
comment on column crm.message.variant is 'Variant.';
comment on column crm.message.status is 'planned, claimed, accepted, delivered, failed, unknown or skipped.';
comment on column crm.message.status_reason is 'Why it was skipped, failed or is unknown (docs/messages.md).';
comment on column crm.message.provider is 'sendgrid, sns or outbox.';
comment on column crm.message.provider_message_id is 'The provider''s own id, or the outbox file.';
comment on column crm.message.sending_cost is 'Cost of sending; reporting currency.';
comment on column crm.message.claimed_at is 'When it was claimed.';
comment on column crm.message.accepted_at is 'When the provider took it.';

create table crm.approval (
    campaign text not null,
    business_date date not null,
    decisions_hash text not null,
    messages bigint not null,
    sending_cost numeric(18, 4) not null,
    coupon_cost numeric(18, 4) not null,
    asked_at timestamptz not null,
    outcome text check (outcome in ('approved', 'rejected', 'timeout')),
    decided_by text,
    decided_at timestamptz,
    primary key (campaign, business_date, decisions_hash),
    check ((outcome is null) = (decided_at is null)),
    check ((outcome in ('approved', 'rejected')) = (decided_by is not null))
);
comment on table crm.approval is 'Campaigns that were too large to go out unasked, and the answer. Decisions that change need an approval of their own. Local table.';
comment on column crm.approval.campaign is 'Campaign.';
comment on column crm.approval.business_date is 'Business date that was decided on.';
comment on column crm.approval.decisions_hash is 'SHA-256 over the campaign''s decisions of the date (messages/decisions_hash.sql): what was shown, and all that may be sent.';
comment on column crm.approval.messages is 'Messages that it is about.';
comment on column crm.approval.sending_cost is 'Cost of sending them; reporting currency.';
comment on column crm.approval.coupon_cost is 'Cost of their coupons if all were redeemed; reporting currency.';
comment on column crm.approval.asked_at is 'When the question was put, by the run''s clock.';
comment on column crm.approval.outcome is 'approved, rejected or timeout (nobody answered before send_by); null = open. The first answer stands.';
comment on column crm.approval.decided_by is 'User who answered; null on a timeout.';
comment on column crm.approval.decided_at is 'When, by the run''s clock.';
