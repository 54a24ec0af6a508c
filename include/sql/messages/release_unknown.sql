-- Another attempt for messages of which nobody knows whether they went out, after a quiet period. Their batches open again.
-- Not where an event waits to be collected: the provider has the message.
-- :campaign, :send_date, :minutes, :now
update crm.message
set status = 'planned', status_reason = null, claimed_at = null, unanswered = unanswered + 1
where
    campaign = :campaign and send_date = :send_date and status = 'unknown'
    and status_reason in ('owner_died', 'no_outcome', 'no_answer')
    and claimed_at + cast(:minutes as integer) * interval '1 minute' <= :now
    and send_by > :now
    and message_id not in (select i.message_id from crm.response_inbox as i where i.message_id is not null)
    and contact_key not in (
        select i.contact_key from crm.response_inbox as i where i.contact_key is not null and i.state = 'new'
    )
returning batch_id
