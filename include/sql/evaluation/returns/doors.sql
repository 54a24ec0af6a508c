-- Through which door the orders of each arm came, in place of what was known before.
-- :campaign, :occasion, :wave, :period  of the group
-- :as_of                                business date of the facts
delete from crm.campaign_entry
where campaign = :campaign and occasion = :occasion and wave = :wave and period = :period;

insert into crm.campaign_entry (
    campaign, occasion, wave, period, treated, entry_source, utm_campaign, named_coupon, customers, orders, revenue
)
with placed as (
    select
        o.*,
        -- A code that was passed on belongs to the campaign all the same.
        o.order_key in (
            select u.order_key
            from crm.coupon_use as u
            inner join crm.coupon as c on u.customer_id = c.customer_id and u.code = c.code
            where
                c.campaign = :campaign
                and u.known_on <= :as_of
                and u.order_key in (select x.order_key from return_order as x)
        ) as named_coupon
    from return_order as o
)

select
    cast(:campaign as text) as campaign,
    cast(:occasion as text) as occasion,
    cast(:wave as text) as wave,
    cast(:period as text) as period,
    o.treated,
    o.entry_source,
    o.utm_campaign,
    o.named_coupon,
    count(distinct o.customer_id) filter (where o.is_purchase) as customers,
    count(*) filter (where o.is_purchase) as orders,
    sum(o.amount - o.refunded) as revenue
from placed as o
group by o.treated, o.entry_source, o.utm_campaign, o.named_coupon
