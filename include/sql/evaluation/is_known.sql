-- Whether a group has a result already. Reads crm.result.
-- :campaign, :occasion, :wave, :period
select exists (
    select from crm.result as r
    where r.campaign = :campaign and r.occasion = :occasion and r.wave = :wave and r.period = :period
)
