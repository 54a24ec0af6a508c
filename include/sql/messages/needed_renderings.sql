-- Which templates the included decisions of a campaign on a send date need (messages/shown): each is tried before anything
-- is claimed. Few rows: one per declaration, wave, channel, locale and variant.
-- :locale (of the business, where the decision has none)
select
    occasion,
    wave,
    channel,
    coalesce(locale, :locale) as locale,
    variant,
    declaration_hash,
    max(body) as body,
    count(*) as messages
from shown
where decision = 'include'
group by occasion, wave, channel, coalesce(locale, :locale), variant, declaration_hash
order by occasion, wave, channel, coalesce(locale, :locale), variant, declaration_hash
