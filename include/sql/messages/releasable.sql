-- When messages of which nobody knows whether they went out may be tried again, at the earliest; null = none may. They
-- must still be in time then, and their recipients must not have said no.
-- :campaign, :send_date, :minutes
select min(claimed_at + cast(:minutes as integer) * interval '1 minute') as due_at
from crm.message
where
    campaign = :campaign and send_date = :send_date and status = 'unknown'
    and status_reason in ('owner_died', 'no_outcome', 'no_answer')
    and claimed_at + cast(:minutes as integer) * interval '1 minute' < send_by
