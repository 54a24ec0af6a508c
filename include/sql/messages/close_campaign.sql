-- Nobody approved: every message that was not taken up yet is skipped, and its whole campaign has contacted nobody that
-- day. Held-out contacts are let go like the others: what a rejection changes for a person is the same in both arms.
-- :campaign, :send_date, :reason (rejected, approval_timeout)
update crm.message
set status = 'skipped', status_reason = :reason
where campaign = :campaign and send_date = :send_date and status = 'planned';

update crm.message_batch
set status = 'done'
where campaign = :campaign and send_date = :send_date and status = 'planned';

update crm.contact_claim
set released = true
where campaign = :campaign and send_date = :send_date and not released;
