-- The earliest date whose row may not be what it was: of an order (or its refund) that came, changed or went, of the orders of
-- an account that is said to place fake orders, of messages that may have been answered since, or of a date without a row.
-- Members and rates are running figures, so all rows from there on are computed again, and none before. Null: nothing has changed.
-- :file_version_ids  as evaluation/indicators/files gave them
-- :answered_since    send dates from here on may have been answered since the last refresh
-- :as_of             business date of the refresh
with touched_order as (
    select o.order_key
    from crm.orders as o
    where o.file_version_id = any(cast(:file_version_ids as bigint[]))
    union
    -- All versions of a refund: one may have named another order.
    select r.order_key
    from crm.refund as r
    where
        r.refund_key in (
            select x.refund_key
            from crm.refund as x
            where x.file_version_id = any(cast(:file_version_ids as bigint[]))
        )
),

suspect as (
    select p.customer_id
    from crm.customer_profile as p
    where
        p.file_version_id = any(cast(:file_version_ids as bigint[]))
        and p.customer_id in (select f.customer_id from crm.customer_profile as f where f.fake_orders)
),

touched as (
    select min(o.ordered_on) as day
    from crm.orders as o
    where o.order_key in (select t.order_key from touched_order as t)
    union all
    select min(o.ordered_on) as day
    from crm.orders as o
    where o.customer_id in (select s.customer_id from suspect as s)
    union all
    select min(r.refunded_on) as day
    from crm.refund as r
    where
        r.order_key is null
        and r.refund_key in (
            select x.refund_key
            from crm.refund as x
            where x.file_version_id = any(cast(:file_version_ids as bigint[]))
        )
    union all
    select min(d.business_date) as day
    from crm.delivery as d
    where
        d.business_date <= :as_of
        and not exists (
            select from crm.shop_indicator as i where i.shop = d.shop and i.business_date = d.business_date
        )
    union all
    select min(m.send_date) as day
    from crm.message as m
    where m.send_date between :answered_since and :as_of
),

first as (
    select min(day) as day
    from touched
    where day <= :as_of
)

-- Customers enter and leave counts on dates without a row, too: no gap after the row that is built upon.
select
    coalesce(
        (select max(i.business_date) + 1 from crm.shop_indicator as i where i.business_date < f.day), f.day
    ) as since
from first as f
