-- The first batch that is due and not done: being sent by another run, or left by one that died.
-- :campaign, :send_date, :due_by (null = any)
select
    batch_id,
    status,
    claimed_by
from crm.message_batch
where
    campaign = :campaign and send_date = :send_date and status <> 'done'
    and (
        status = 'claimed' or cast(:due_by as timestamptz) is null
        or planned_send_at <= cast(:due_by as timestamptz)
    )
order by status, planned_send_at, batch_id
limit 1
