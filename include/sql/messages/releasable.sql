-- When messages of which nobody knows whether they went out may be tried again, at the earliest; null = none may. They
-- must still be in time then, and their recipients must not have said no.
-- :campaign, :send_date, :minutes
select min(claimed_at + cast(:minutes as integer) * interval '1 minute') as due_at
from crm.message
where
    campaign = :campaign and send_date = :send_date and status = 'unknown'
    and status_reason in ('owner_died', 'no_outcome', 'no_answer')
    and claimed_at + cast(:minutes as integer) * interval '1 minute' < send_by
    and message_id not in (select i.message_id from crm.response_inbox as i where i.message_id is not null)
    and contact_key not in (
        select i.contact_key from crm.response_inbox as i where i.contact_key is not null and i.state = 'new'
    )
