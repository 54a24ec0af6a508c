-- Which templates the included decisions of a campaign on a send date need: each is tried before anything is claimed.
-- Few rows: one per declaration, wave, channel, locale and variant.
-- :campaign, :send_date, :locale (of the business, where the decision has none)
select
    d.occasion,
    d.wave,
    d.channel,
    coalesce(d.locale, :locale) as locale,
    d.variant,
    d.declaration_hash,
    max(c.body) as body,
    count(*) as messages
from crm.decision as d
left join crm.declaration as c on d.declaration_hash = c.declaration_hash
where d.campaign = :campaign and d.send_date = :send_date and d.decision = 'include'
group by d.occasion, d.wave, d.channel, coalesce(d.locale, :locale), d.variant, d.declaration_hash
order by d.occasion, d.wave, d.channel, coalesce(d.locale, :locale), d.variant, d.declaration_hash
