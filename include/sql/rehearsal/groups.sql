-- A dry run's decisions in groups: few rows.
-- :named  campaign; null = all
select
    campaign,
    occasion,
    wave,
    decision,
    case when decision <> 'exclude' then variant end as variant,
    case when decision <> 'exclude' then channel end as channel,
    tier,
    count(*) as customers,
    sum(case when decision = 'include' then sending_cost else 0 end) as sending_cost
from decided
where cast(:named as text) is null or campaign = :named
group by campaign, occasion, wave, decision, variant, channel, tier
order by campaign, occasion, wave, decision, variant, channel, tier
