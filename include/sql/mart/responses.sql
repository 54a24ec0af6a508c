-- Makes mart.responses from crm.response.
create or replace view mart.responses as
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
