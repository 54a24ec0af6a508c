-- What the file tells of each customer and window. Without a column of conversions, an order is one; without orders, money is.
-- :campaign, :occasion, :version  of crm.imported_campaign
drop table if exists imported_buyer;

create temporary table imported_buyer on commit drop as
select
    o.customer_id,
    o.window_days as days,
    coalesce(o.converted, o.orders > 0, o.revenue > 0) as met_goal,
    coalesce(o.orders > 0, o.revenue > 0, o.converted) as bought,
    coalesce(o.orders, 0) as orders,
    coalesce(o.revenue, 0) as revenue,
    coalesce(o.refunds, 0) as refunds,
    o.redeemed
from crm.imported_outcome as o
where o.campaign = :campaign and o.occasion = :occasion and o.version = :version;

analyze imported_buyer
