-- What an operator sees before a campaign is sent. Few rows, no personal data.
-- :campaign, :send_date
select
    decision,
    coalesce(reason, '') as reason,
    coalesce(channel, '') as channel,
    coalesce(tier, '') as tier,
    count(*) as candidates,
    sum(case when decision = 'include' then sending_cost else 0 end) as sending_cost
from crm.decision
where campaign = :campaign and send_date = :send_date
group by decision, reason, channel, tier
order by decision, reason, channel, tier
