-- Another attempt for messages of which nobody knows whether they went out, after a quiet period. Their batches open again.
-- :campaign, :send_date, :minutes, :now
update crm.message
set status = 'planned', status_reason = null, claimed_at = null, unanswered = unanswered + 1
where
    campaign = :campaign and send_date = :send_date and status = 'unknown'
    and status_reason in ('owner_died', 'no_outcome', 'no_answer')
    and claimed_at + cast(:minutes as integer) * interval '1 minute' <= :now
    and send_by > :now
returning batch_id
