-- Why a dry run left candidates out: how many for this reason first, and to how many it applied at all.
-- :named  campaign; null = all
select
    d.campaign,
    d.occasion,
    d.wave,
    r.reason,
    count(*) filter (where r.reason = d.reason) as first_of_all,
    count(*) as at_all
from decided as d
cross join lateral unnest(d.reasons) as r (reason)
where cast(:named as text) is null or d.campaign = :named
group by d.campaign, d.occasion, d.wave, r.reason
