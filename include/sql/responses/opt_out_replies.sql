-- Numbers that answered an SMS with stop, and everybody who has such a number now. Into said, for responses/say_no.
-- :opt_outs (json array of contact_key, occurred_at), :known_on, :source
insert into said (contact_key, channel, reason, occurred_at, known_on, source)
select
    told.contact_key,
    'sms' as channel,
    'opt_out' as reason,
    min(told.occurred_at) as occurred_at,
    cast(:known_on as date) as known_on,
    :source as told_by
from jsonb_to_recordset(cast(:opt_outs as jsonb)) as told (contact_key uuid, occurred_at timestamptz)
group by told.contact_key;

insert into said (customer_id, channel, reason, occurred_at, known_on, source)
select
    p.customer_id,
    s.channel,
    s.reason,
    s.occurred_at,
    s.known_on,
    s.source
from said as s
inner join crm.customer_profile as p on s.contact_key = p.mobile_key and p.valid_to is null;
