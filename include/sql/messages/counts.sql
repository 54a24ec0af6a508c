-- How a campaign's included decisions of a send date stand in the ledger; included must be the sum of the rest.
-- :campaign, :send_date
select
    count(*) as included,
    count(*) filter (where m.status = 'planned') as planned,
    count(*) filter (where m.status = 'claimed') as claimed,
    count(*) filter (where m.status = 'accepted') as accepted,
    count(*) filter (where m.status = 'delivered') as delivered,
    count(*) filter (where m.status = 'skipped') as skipped,
    count(*) filter (where m.status = 'failed') as failed,
    count(*) filter (where m.status = 'unknown') as unknown,
    count(*) filter (where m.customer_id is null) as missing
from crm.decision as d
left join crm.message as m
    on
        d.customer_id = m.customer_id and d.campaign = m.campaign and d.occasion = m.occasion
        and d.instance = m.instance and d.wave = m.wave and d.channel = m.channel
where d.campaign = :campaign and d.send_date = :send_date and d.decision = 'include'
