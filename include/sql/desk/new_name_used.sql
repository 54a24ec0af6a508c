-- Whether a campaign of that name was ever decided or imported: another one's results would be mixed with its own.
-- :campaign  name
select
    exists (select from crm.declaration where campaign = :campaign)
    or exists (select from crm.imported_campaign where campaign = :campaign) as is_used
