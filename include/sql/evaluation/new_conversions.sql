-- Orders within the longest window after planned_send_at, of treated and held-out customers alike: a new order may fall
-- into an old decision's window, and a new decision's window may hold an order that is here already (dates released late).
-- Every order that was paid; what was paid back is taken off when it is evaluated, and may leave no purchase. Makes
-- new_conversion and to_price (the versions of orders in it).
-- :file_version_ids  file versions not yet collected
-- :send_dates        send dates of plans not yet collected
-- :hours             longest window, hours (a day of a window is 24 h, whatever the clocks do)
drop table if exists new_conversion, to_price;

create temporary table new_conversion on commit drop as
select
    d.customer_id,
    d.campaign,
    d.occasion,
    d.instance,
    d.wave,
    d.kind,
    d.send_date,
    d.goal,
    d.goal_item,
    d.planned_send_at,
    o.order_key,
    o.file_version_id,
    o.ordered_at,
    o.status,
    o.amount,
    o.known_on,
    o.known_until,
    o.coupon_codes
from crm.orders as o
inner join crm.decision as d on o.customer_id = d.customer_id
where
    o.file_version_id = any(cast(:file_version_ids as bigint[]))
    and crm.was_paid(o.status)
    and d.decision in ('include', 'hold_out')
    and o.ordered_at >= d.planned_send_at
    and o.ordered_at < d.planned_send_at + make_interval(hours => :hours)
union
select
    d.customer_id,
    d.campaign,
    d.occasion,
    d.instance,
    d.wave,
    d.kind,
    d.send_date,
    d.goal,
    d.goal_item,
    d.planned_send_at,
    o.order_key,
    o.file_version_id,
    o.ordered_at,
    o.status,
    o.amount,
    o.known_on,
    o.known_until,
    o.coupon_codes
from crm.decision as d
inner join crm.orders as o
    on
        d.customer_id = o.customer_id
        -- The index holds local dates: a day on either side covers every time zone.
        and o.ordered_on >= d.send_date - 2
        and o.ordered_on <= d.send_date + :hours / 24 + 2
where
    d.send_date = any(cast(:send_dates as date[]))
    and d.decision in ('include', 'hold_out')
    and crm.was_paid(o.status)
    and o.ordered_at >= d.planned_send_at
    and o.ordered_at < d.planned_send_at + make_interval(hours => :hours);

create temporary table to_price on commit drop as
select distinct
    n.customer_id,
    n.order_key,
    n.file_version_id,
    n.known_on
from new_conversion as n;

analyze new_conversion;

analyze to_price;
