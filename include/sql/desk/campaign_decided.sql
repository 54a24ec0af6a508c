-- Whether a campaign was decided for a business date already: then nothing is decided anew.
-- :campaign, :business_date
select exists(
    select from crm.decision_count
    where campaign = :campaign and business_date = :business_date
)
