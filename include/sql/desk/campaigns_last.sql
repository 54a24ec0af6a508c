-- What was decided last for each campaign: the latest send date, all occasions and waves of it together.
-- :campaigns  names
with latest as (
    select
        named.campaign,
        (select max(d.send_date) from crm.decision_count as d where d.campaign = named.campaign) as send_date
    from unnest(cast(:campaigns as text[])) as named (campaign)
)

select
    c.campaign,
    c.business_date,
    c.send_date,
    cast(coalesce(sum(c.customers) filter (where c.decision = 'include'), 0) as bigint) as included,
    cast(coalesce(sum(c.customers) filter (where c.decision = 'hold_out'), 0) as bigint) as held_out,
    cast(coalesce(sum(c.customers) filter (where c.decision = 'exclude'), 0) as bigint) as excluded
from latest
inner join crm.decision_count as c on latest.campaign = c.campaign and latest.send_date = c.send_date
group by c.campaign, c.business_date, c.send_date
