-- Take the next batch that nobody has claimed. Runs side by side skip each other's rows instead of waiting.
-- The caller locks the batch (lock_batch) before it commits: claimed and unlocked then means that its owner died.
-- :campaign, :send_date, :owner, :now, :due_by (batches planned for later stay; null = take any)
update crm.message_batch
set status = 'claimed', claimed_by = :owner, claimed_at = :now
where
    batch_id = (
        select batch_id
        from crm.message_batch
        where
            campaign = :campaign and send_date = :send_date and status = 'planned'
            and (cast(:due_by as timestamptz) is null or planned_send_at <= cast(:due_by as timestamptz))
        order by planned_send_at, batch_id
        limit 1
        for update skip locked
    )
returning batch_id, channel, provider, occasion, wave, planned_send_at
