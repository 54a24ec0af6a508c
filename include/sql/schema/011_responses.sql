-- Responses: what providers and people say of messages, as it comes in and as it is kept.
create table crm.response_inbox (
    provider text not null,
    event_id text not null,
    message_id text,
    provider_message_id text,
    contact_key uuid,
    kind text not null,
    suppresses text check (suppresses in ('opt_out', 'complaint', 'bounce')),
    occurred_at timestamptz not null,
    reason text,
    url text,
    machine text,
    received_at timestamptz not null default clock_timestamp(),
    state text not null default 'new' check (state in ('new', 'unknown')),
    primary key (provider, event_id)
);
create index response_inbox_by_state on crm.response_inbox (state, received_at);
comment on table crm.response_inbox is 'Events of providers as they arrive, until collect_responses has taken them into crm.response; those of messages that nobody knows are kept aside. No address, no IP, no query of a URL. Local table.';
comment on column crm.response_inbox.provider is 'sendgrid or sns.';
comment on column crm.response_inbox.event_id is 'The provider''s id of the event (SendGrid: sg_event_id): a repeated event is stored once.';
comment on column crm.response_inbox.message_id is 'Our message id, where the event carries it (SendGrid: custom argument crm_message).';
comment on column crm.response_inbox.provider_message_id is 'The provider''s id of the message.';
comment on column crm.response_inbox.contact_key is 'Key of the address, where the event names no message of ours (SNS): finds the message whose answer was lost.';
comment on column crm.response_inbox.kind is 'What happened, as in crm.response.';
comment on column crm.response_inbox.suppresses is 'Why the address must not be written to again; null = it may.';
comment on column crm.response_inbox.occurred_at is 'When it happened, by the provider''s clock.';
comment on column crm.response_inbox.reason is 'The provider''s words, addresses taken out.';
comment on column crm.response_inbox.url is 'Link that was clicked, without its query.';
comment on column crm.response_inbox.machine is 'What in the event itself speaks for a machine: prefetch or scanner.';
comment on column crm.response_inbox.received_at is 'When it arrived here.';
comment on column crm.response_inbox.state is 'new, or unknown: no message of that id. Looked for again for some days (responses.look_again_days).';

create table crm.response (
    customer_id bigint not null,
    provider text not null,
    event_id text not null,
    campaign text not null,
    occasion text not null,
    instance text not null,
    wave text not null,
    channel text not null,
    message_id text not null,
    contact_key uuid not null,
    kind text not null check (kind in (
        'processed', 'deferred', 'delivered', 'opened', 'clicked', 'bounce', 'soft_bounce', 'dropped', 'undelivered',
        'complaint', 'opt_out', 'other'
    )),
    occurred_at timestamptz not null,
    known_on date not null,
    reason text,
    url text,
    machine text check (machine in ('prefetch', 'scanner', 'every_link', 'at_delivery')),
    primary key (customer_id, provider, event_id)
);
create index response_by_message on crm.response (customer_id, message_id);
create index response_soft_bounce on crm.response (contact_key) where kind = 'soft_bounce';
comment on table crm.response is 'What happened to a message after it was given away: one row per event. Distributed by customer_id.';
comment on column crm.response.customer_id is 'Customer.';
comment on column crm.response.provider is 'sendgrid, sns, or page (our own unsubscribe page).';
comment on column crm.response.event_id is 'Id of the event at its provider.';
comment on column crm.response.campaign is 'Campaign of the message.';
comment on column crm.response.occasion is 'Occasion.';
comment on column crm.response.instance is 'Instance.';
comment on column crm.response.wave is 'Wave.';
comment on column crm.response.channel is 'email or sms.';
comment on column crm.response.message_id is 'Message (crm.message).';
comment on column crm.response.contact_key is 'Key of the address.';
comment on column crm.response.kind is 'processed, deferred, delivered, opened, clicked, bounce (for good), soft_bounce (this time), dropped (the provider refused to try), undelivered (SMS), complaint, opt_out or other.';
comment on column crm.response.occurred_at is 'When it happened (an instant).';
comment on column crm.response.known_on is 'Business date from whose decisions on it is known.';
comment on column crm.response.reason is 'The provider''s words, addresses taken out.';
comment on column crm.response.url is 'Link that was clicked, without its query.';
comment on column crm.response.machine is 'Why an open or click is taken for a machine''s (docs/responses.md): prefetch, scanner, every_link or at_delivery; null = nothing speaks for one.';

-- An SMS is found by the provider's id, or, where the answer was lost, by its address.
create index message_by_provider_id on crm.message (provider_message_id) where provider = 'sns';
create index message_by_contact on crm.message (contact_key) where provider = 'sns';

create table crm.response_position (
    source text primary key,
    read_through timestamptz not null
);
comment on table crm.response_position is 'How far logs of a provider have been read. Local table.';
comment on column crm.response_position.source is 'Log group.';
comment on column crm.response_position.read_through is 'Everything up to here was read, and then some: what comes late is looked for again.';

create view mart.responses as
select
    customer_id,
    campaign,
    occasion,
    instance,
    wave,
    channel,
    provider,
    event_id,
    kind,
    occurred_at,
    known_on,
    reason,
    url,
    machine,
    machine is not null as by_machine
from crm.response;
comment on view mart.responses is 'One row per thing that happened to a message after it was given away (key: customer_id, provider, event_id). Joins mart.messages on customer_id, campaign, occasion, instance, wave, channel. Count people by by_machine = false.';
comment on column mart.responses.customer_id is 'Customer.';
comment on column mart.responses.campaign is 'Campaign.';
comment on column mart.responses.occasion is 'Occasion.';
comment on column mart.responses.instance is 'Instance.';
comment on column mart.responses.wave is 'Wave.';
comment on column mart.responses.channel is 'email or sms.';
comment on column mart.responses.provider is 'sendgrid, sns, or page (our own unsubscribe page).';
comment on column mart.responses.event_id is 'Id of the event at its provider.';
comment on column mart.responses.kind is 'processed, deferred, delivered, opened, clicked, bounce, soft_bounce, dropped, undelivered, complaint, opt_out or other.';
comment on column mart.responses.occurred_at is 'When it happened (an instant).';
comment on column mart.responses.known_on is 'Business date from whose decisions on it is known.';
comment on column mart.responses.reason is 'The provider''s words, addresses taken out.';
comment on column mart.responses.url is 'Link that was clicked, without its query.';
comment on column mart.responses.machine is 'Why it is taken for a machine''s: prefetch, scanner, every_link or at_delivery.';
comment on column mart.responses.by_machine is 'An open or click that a machine made, as far as one can tell.';

grant select, insert, update, delete, truncate on crm.response_inbox, crm.response, crm.response_position to crm_writer;
grant select on mart.responses to crm_writer, crm_reader;
