-- Messages of the last send dates that failed, or of which nobody knows whether they went out.
-- :since  first send date that counts
select
    m.campaign,
    m.send_date,
    m.channel,
    m.status,
    coalesce(m.status_reason, '') as reason,
    count(*) as messages
from crm.message as m
where m.send_date >= :since and m.status in ('failed', 'unknown')
group by m.campaign, m.send_date, m.channel, m.status, coalesce(m.status_reason, '')
order by m.send_date desc, messages desc, m.campaign asc
