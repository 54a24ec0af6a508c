-- The approval of exactly these decisions in exactly these words; no row: nobody was asked.
-- :campaign, :business_date, :decisions_hash, :words_hash
select
    outcome,
    decided_by
from crm.approval
where
    campaign = :campaign and business_date = :business_date and decisions_hash = :decisions_hash
    and words_hash = :words_hash
