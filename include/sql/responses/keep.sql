-- Events as they arrive: one that is there already is dropped. In the order of the key, so that two deliveries of the same
-- events never wait for each other in a circle.
-- :events (json array of objects, one key for each column below)
insert into crm.response_inbox (
    provider, event_id, message_id, provider_message_id, contact_key, kind, suppresses, occurred_at, reason, url, machine
)
select told.*
from
    jsonb_to_recordset(cast(:events as jsonb)) as told (
        provider text,
        event_id text,
        message_id text,
        provider_message_id text,
        contact_key uuid,
        kind text,
        suppresses text,
        occurred_at timestamptz,
        reason text,
        url text,
        machine text
    )
order by told.provider, told.event_id
on conflict (provider, event_id) do nothing
