-- What each arm bought, by the top level of the category, in place of what was known before. A refund that names a line is taken off
-- that line, the rest of an order's refunds off its lines by their amounts, so that the sum is that of the orders.
-- :campaign, :occasion, :wave, :period  of the group
-- :as_of                                business date of the facts
drop table if exists return_category, return_refund, return_line, return_buyer, return_past, return_known;

-- One name for each product, that of the day, before a send and after it: else a renamed category would look like cross-sell.
create temporary table return_category on commit drop as
select distinct on (p.product_id)
    p.product_id,
    coalesce(split_part(p.category, ' > ', 1), '') as category
from crm.product as p
order by p.product_id asc, p.valid_from > :as_of asc, abs(p.valid_from - cast(:as_of as date)) asc;

-- Lines outnumber by far what is expected of a join of three columns: the small sides are looked up.
create unique index on return_category (product_id);
analyze return_category;

create temporary table return_refund on commit drop as
select
    o.customer_id,
    o.order_key,
    r.line_number,
    sum(r.amount) as amount
from return_order as o
inner join crm.refund as r on o.customer_id = r.customer_id and o.order_key = r.order_key
where
    o.refunded > 0
    and r.line_number is not null
    and crm.is_known(r.known_on, r.known_until, :as_of)
group by o.customer_id, o.order_key, r.line_number;

create unique index on return_refund (customer_id, order_key, line_number);
analyze return_refund;

create temporary table return_line on commit drop as
with line as (
    select
        o.customer_id,
        o.treated,
        o.planned_send_at,
        o.order_key,
        o.is_purchase,
        o.refunded,
        l.line_number,
        l.product_id,
        l.quantity,
        l.amount - coalesce(n.amount, 0) as amount,
        coalesce(n.amount, 0) as named
    from return_order as o
    inner join crm.order_line as l
        on
            o.customer_id = l.customer_id
            and o.order_key = l.order_key
            and o.file_version_id = l.file_version_id
    left join return_refund as n
        on l.customer_id = n.customer_id and l.order_key = n.order_key and l.line_number = n.line_number
),

running as (
    select
        l.*,
        l.refunded - sum(l.named) over whole as rest,
        sum(l.amount) over whole as total,
        sum(l.amount) over so_far as through,
        row_number() over so_far as place
    from line as l
    window
        whole as (partition by l.customer_id, l.order_key),
        so_far as (partition by l.customer_id, l.order_key order by l.line_number rows unbounded preceding)
)

select
    r.customer_id,
    r.treated,
    r.planned_send_at,
    r.order_key,
    r.is_purchase,
    r.quantity,
    coalesce(c.category, '') as category,
    -- Differences of a rounded running share: not a hundredth of a cent is lost.
    r.amount - case
        when r.rest = 0 then 0
        when r.total = 0 then case when r.place = 1 then r.rest else 0 end
        else round(r.rest * r.through / r.total, 4) - round(r.rest * (r.through - r.amount) / r.total, 4)
    end as net
from running as r
left join return_category as c on r.product_id = c.product_id;

analyze return_line;

create temporary table return_buyer on commit drop as
with bought as (
    select
        l.customer_id,
        l.treated,
        l.planned_send_at,
        l.order_key,
        l.category,
        l.is_purchase and sum(l.net) > 0 as is_kept,
        sum(l.quantity) as quantity,
        sum(l.net) as net
    from return_line as l
    group by l.customer_id, l.treated, l.planned_send_at, l.order_key, l.category, l.is_purchase
)

select
    b.customer_id,
    b.treated,
    b.planned_send_at,
    b.category,
    count(*) filter (where b.is_kept) as orders,
    coalesce(sum(b.quantity) filter (where b.is_kept), 0) as quantity,
    sum(b.net) as net
from bought as b
group by b.customer_id, b.treated, b.planned_send_at, b.category;

analyze return_buyer;

-- What the buyers had paid for before.
create temporary table return_past on commit drop as
select
    o.customer_id,
    o.order_key,
    o.file_version_id
from (
    select
        customer_id,
        min(planned_send_at) as planned_send_at
    from return_buyer
    group by customer_id
) as b
inner join crm.orders as o on b.customer_id = o.customer_id
where
    o.ordered_at < b.planned_send_at
    and crm.was_paid(o.status)
    and crm.is_known(o.known_on, o.known_until, :as_of);

analyze return_past;

create temporary table return_known on commit drop as
select
    p.customer_id,
    coalesce(c.category, '') as category
from return_past as p
inner join crm.order_line as l
    on
        p.customer_id = l.customer_id
        and p.order_key = l.order_key
        and p.file_version_id = l.file_version_id
left join return_category as c on l.product_id = c.product_id
group by p.customer_id, coalesce(c.category, '');

analyze return_known;

delete from crm.campaign_basket
where campaign = :campaign and occasion = :occasion and wave = :wave and period = :period;

insert into crm.campaign_basket (
    campaign, occasion, wave, period, treated, category, customers, orders, quantity, revenue, new_to_category
)
select
    cast(:campaign as text) as campaign,
    cast(:occasion as text) as occasion,
    cast(:wave as text) as wave,
    cast(:period as text) as period,
    b.treated,
    b.category,
    count(*) filter (where b.orders > 0) as customers,
    sum(b.orders) as orders,
    sum(b.quantity) as quantity,
    sum(b.net) as revenue,
    count(*) filter (where b.orders > 0 and k.customer_id is null) as new_to_category
from return_buyer as b
left join return_known as k on b.customer_id = k.customer_id and b.category = k.category
group by b.treated, b.category
