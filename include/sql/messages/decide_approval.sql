-- The answer: the first one stands.
-- :campaign, :business_date, :decisions_hash, :words_hash, :outcome (approved, rejected, timeout), :decided_by, :decided_at
update crm.approval
set outcome = :outcome, decided_by = cast(:decided_by as text), decided_at = :decided_at
where
    campaign = :campaign and business_date = :business_date and decisions_hash = :decisions_hash
    and words_hash = :words_hash and outcome is null
