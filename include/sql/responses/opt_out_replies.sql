-- Numbers that answered an SMS with stop. What was said first stands.
-- :opt_outs (json array of contact_key, occurred_at), :known_on
insert into crm.suppression (contact_key, channel, reason, occurred_at, known_on, source)
select
    told.contact_key,
    'sms' as channel,
    'opt_out' as reason,
    min(told.occurred_at) as occurred_at,
    cast(:known_on as date) as known_on,
    'SMS reply' as source
from jsonb_to_recordset(cast(:opt_outs as jsonb)) as told (contact_key uuid, occurred_at timestamptz)
group by told.contact_key
on conflict (contact_key, channel, reason) do nothing
