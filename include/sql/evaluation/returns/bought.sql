-- The orders of a group's customers in its primary window, as known on :as_of, with what is left of them. To date, only customers
-- whose window has closed count: the others leave the group.
-- :campaign     campaign
-- :window_days  primary window, days of 24 h from planned_send_at
-- :closed_by    only customers whose window ended by then; null = all
-- :as_of        business date of the facts
drop table if exists return_order;

delete from return_entry
where planned_send_at + make_interval(hours => 24 * :window_days) > cast(:closed_by as timestamptz);

create temporary table return_order on commit drop as
select
    e.customer_id,
    e.treated,
    e.planned_send_at,
    o.order_key,
    o.file_version_id,
    o.known_on,
    o.amount,
    crm.paid_back(o.status, o.amount, r.amount) as refunded,
    crm.is_purchase(o.status, o.amount, r.amount) as is_purchase,
    coalesce(o.entry_source, '') as entry_source,
    coalesce(o.utm_campaign, '') as utm_campaign
from return_entry as e
inner join crm.conversion as c
    on
        e.customer_id = c.customer_id
        and c.campaign = :campaign
        and e.occasion = c.occasion
        and e.instance = c.instance
        and e.wave = c.wave
inner join crm.orders as o
    on
        c.customer_id = o.customer_id
        and c.order_key = o.order_key
        and c.file_version_id = o.file_version_id
        and crm.is_known(o.known_on, o.known_until, :as_of)
left join lateral (
    select sum(x.amount) as amount
    from crm.refund as x
    where
        x.customer_id = o.customer_id
        and x.order_key = o.order_key
        and crm.is_known(x.known_on, x.known_until, :as_of)
) as r on true
where c.after < make_interval(hours => 24 * :window_days);

analyze return_order;
