-- Another attempt for the messages that everything speaks for it that they never left (never_left, made before in this
-- transaction). Their batches open again.
-- :campaign, :send_date
update crm.message as m
set status = 'planned', status_reason = null, claimed_at = null, unanswered = m.unanswered + 1
from never_left as n
where
    m.customer_id = n.customer_id and m.message_id = n.message_id
    and m.campaign = :campaign and m.send_date = :send_date and m.status = 'unknown'
returning m.batch_id
