-- Make a claimed batch ours whose owner died (the caller holds its lock, which the owner would hold if it lived).
-- :batch_id, :owner, :now
update crm.message_batch
set claimed_by = :owner, claimed_at = :now
where batch_id = :batch_id and status = 'claimed'
returning batch_id, provider, messages, taken, handed_over_at is not null as handed_over, accepted_at
