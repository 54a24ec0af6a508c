-- What was answered about exactly these decisions, in whatever words; the latest question first. Few rows.
-- :campaign, :business_date, :decisions_hash
select
    words_hash,
    outcome,
    decided_by
from crm.approval
where campaign = :campaign and business_date = :business_date and decisions_hash = :decisions_hash
order by asked_at desc, words_hash asc
