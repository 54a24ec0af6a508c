-- Replies that a person has to read. The same reply again is listed once; who has opted out already need not be read, and
-- the words of erased customers are not kept.
-- :replies (json array of contact_key, occurred_at, text, text_hash)
insert into crm.reply (contact_key, occurred_at, text_hash, text)
select
    told.contact_key,
    told.occurred_at,
    told.text_hash,
    told.text
from
    jsonb_to_recordset(cast(:replies as jsonb)) as told (
        contact_key uuid,
        occurred_at timestamptz,
        text text,
        text_hash text
    )
where
    not exists (select from crm.erased_contact as e where e.contact_key = told.contact_key)
    and not exists (
        select from crm.suppression as s
        where
            s.contact_key = told.contact_key and s.channel in ('sms', 'all') and s.reason = 'opt_out'
            and crm.suppresses(s.known_on, s.lifted_on, 'infinity')
    )
order by told.occurred_at
on conflict (contact_key, occurred_at, text_hash) do nothing
