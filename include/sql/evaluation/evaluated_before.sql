-- The latest version that a group of results has; null: it was never evaluated.
-- :campaign, :occasion, :wave, :period
select max(r.version) as version
from crm.result as r
where r.campaign = :campaign and r.occasion = :occasion and r.wave = :wave and r.period = :period
