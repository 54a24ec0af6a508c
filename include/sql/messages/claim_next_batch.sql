-- Take the next batch of a provider that nobody has claimed. Runs side by side skip each other's rows instead of waiting.
-- The caller locks the batch (lock_batch) before it commits: claimed and unlocked then means that its owner died.
-- :campaign, :send_date, :provider, :owner, :now (what is planned for later, or stopped, stays)
update crm.message_batch
set status = 'claimed', claimed_by = :owner, claimed_at = :now, handed_over_at = null, accepted_at = null, not_before = null
where
    batch_id = (
        select b.batch_id
        from crm.message_batch as b
        where
            b.campaign = :campaign and b.send_date = :send_date and b.status = 'planned' and b.provider = :provider
            and greatest(b.planned_send_at, b.not_before) <= :now
            and not exists (select from crm.sending_stop as s where s.campaign = :campaign and s.send_date = :send_date)
        order by b.planned_send_at, b.batch_id
        limit 1
        for update skip locked
    )
returning batch_id, provider, messages, taken
