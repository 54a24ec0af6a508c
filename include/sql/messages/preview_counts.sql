-- What an operator sees before a campaign is sent (messages/shown). Few rows, no personal data. No parameters.
select
    decision,
    coalesce(reason, '') as reason,
    coalesce(channel, '') as channel,
    coalesce(tier, '') as tier,
    count(*) as candidates,
    sum(case when decision = 'include' then sending_cost else 0 end) as sending_cost
from shown
group by decision, reason, channel, tier
order by decision, reason, channel, tier
