-- One row of crm.response per event of a known message (known); a repeated one is there already.
-- :known_on
insert into crm.response (
    customer_id, provider, event_id, campaign, occasion, instance, wave, channel, message_id, contact_key, kind,
    occurred_at, known_on, reason, url, machine
)
select
    customer_id,
    provider,
    event_id,
    campaign,
    occasion,
    instance,
    wave,
    channel,
    message_id,
    contact_key,
    kind,
    occurred_at,
    cast(:known_on as date) as known_on,
    reason,
    url,
    machine
from known
on conflict (customer_id, provider, event_id) do nothing
