-- Through which door the orders of each arm came, in place of what was known before.
-- :campaign, :occasion, :wave, :period  of the group
-- :as_of                                business date of the facts
delete from crm.campaign_entry
where campaign = :campaign and occasion = :occasion and wave = :wave and period = :period;

insert into crm.campaign_entry (
    campaign, occasion, wave, period, treated, entry_source, utm_campaign, named_coupon, customers, orders, revenue
)
with named as (
    -- A code that was passed on belongs to the campaign all the same.
    select u.order_key
    from crm.coupon_use as u
    inner join crm.coupon as c on u.customer_id = c.customer_id and u.code = c.code
    where
        c.campaign = :campaign
        and u.known_on <= :as_of
        and u.order_key in (select o.order_key from return_order as o)
    group by u.order_key
)

select
    cast(:campaign as text) as campaign,
    cast(:occasion as text) as occasion,
    cast(:wave as text) as wave,
    cast(:period as text) as period,
    o.treated,
    o.entry_source,
    o.utm_campaign,
    n.order_key is not null as named_coupon,
    count(distinct o.customer_id) filter (where o.is_purchase) as customers,
    count(*) filter (where o.is_purchase) as orders,
    sum(o.amount - o.refunded) as revenue
from return_order as o
left join named as n on o.order_key = n.order_key
group by o.treated, o.entry_source, o.utm_campaign, n.order_key is not null
