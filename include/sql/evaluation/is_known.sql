-- The latest version of a group's results; null: it has none.
-- :campaign, :occasion, :wave, :period
select max(r.version) as version
from crm.result as r
where r.campaign = :campaign and r.occasion = :occasion and r.wave = :wave and r.period = :period
