-- Makes mart.messages from crm.message.
create or replace view mart.messages as
select
    customer_id,
    campaign,
    occasion,
    instance,
    wave,
    channel,
    send_date,
    planned_send_at,
    send_by,
    locale,
    variant,
    status,
    status_reason,
    provider,
    sending_cost,
    accepted_at
from crm.message;

comment on view mart.messages is 'One row per message of the ledger (key: customer_id, campaign, occasion, instance, wave, channel), without address and content. Joins mart.decisions.';
comment on column mart.messages.customer_id is 'Customer.';
comment on column mart.messages.campaign is 'Campaign.';
comment on column mart.messages.occasion is 'Occasion.';
comment on column mart.messages.instance is 'Instance.';
comment on column mart.messages.wave is 'Wave.';
comment on column mart.messages.channel is 'email or sms.';
comment on column mart.messages.send_date is 'Send date.';
comment on column mart.messages.planned_send_at is 'When it goes out (an instant).';
comment on column mart.messages.send_by is 'After this it is skipped.';
comment on column mart.messages.locale is 'zh-CN or en.';
comment on column mart.messages.variant is 'Variant of words and offer.';
comment on column mart.messages.status is 'planned, claimed, accepted, delivered, failed, unknown or skipped.';
comment on column mart.messages.status_reason is 'Why it was skipped or failed.';
comment on column mart.messages.provider is 'sendgrid, sns or outbox.';
comment on column mart.messages.sending_cost is 'Cost of sending; reporting currency.';
comment on column mart.messages.accepted_at is 'When the provider took it (an instant).';
