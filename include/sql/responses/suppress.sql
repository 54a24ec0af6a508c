-- Complaints, hard bounces and opt-outs (known) count at once and for ever; what was said first stands.
-- :known_on
insert into crm.suppression (contact_key, channel, reason, occurred_at, known_on, source)
select
    contact_key,
    channel,
    suppresses,
    min(occurred_at) as occurred_at,
    cast(:known_on as date) as known_on,
    min(provider) || ' event' as source
from known
where suppresses is not null
group by contact_key, channel, suppresses
on conflict (contact_key, channel, reason) do nothing
