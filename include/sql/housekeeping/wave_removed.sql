-- The counts of a wave say that its excluded customers' rows are gone.
-- :campaign, :occasion, :wave, :business_date (of the wave), :removed_on
update crm.decision_count
set rows_removed_on = :removed_on
where
    campaign = :campaign and occasion = :occasion and wave = :wave and business_date = :business_date
    and decision = 'exclude'
