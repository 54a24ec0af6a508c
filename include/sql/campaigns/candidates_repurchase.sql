-- Which customers have an occasion on this send date? Those one of whose products or categories comes due today: an event,
-- once per item and last purchase, on the send date on which cycle - lead is reached. Send dates that this campaign missed
-- since its last plan are caught up with, a backlog never is. One item per customer: the largest expected value.
-- The cycle is the customer's own rhythm with the item where own_rhythm_intervals are known, else the item's.
-- Reads the orders of the days on which what comes due now was bought, then what those buyers bought since; of rhythms those
-- that come due by an index, and the orders since the calibration: never the history.
-- Parameters: due_id, campaign, business_date, send_date, level, lead_days, catch_up_days, minimum_intervals,
-- minimum_cycle_days, minimum_repeat_share, own_rhythm_intervals, recent_buyer_days, items (null = all)
create temporary table due_window on commit drop as
with last_plan as (
    select max(p.send_date) as send_date
    from crm.plan as p
    inner join crm.declaration as d on d.declaration_hash = any(p.declarations)
    where d.campaign = :campaign and p.business_date < :business_date
)

select
    greatest(cast(:send_date as date) - :catch_up_days, coalesce(send_date + 1, :send_date)) + :lead_days as expected_from,
    cast(:send_date as date) + :lead_days as expected_to,
    greatest(:lead_days + 1, :minimum_cycle_days) as shortest_days,
    (
        select max(calibrated_on) from crm.repurchase_cycle
        where calibrated_on <= :business_date
    ) as calibrated_on
from last_plan;

analyze due_window;

-- Bought from here to there it comes due now, by the item's cycle; null where it has none that is worth a message.
create temporary table due_item on commit drop as
with asked as (
    select
        w.expected_from,
        w.expected_to,
        r.item_key,
        r.expected_value,
        case when round(r.cycle_days) >= w.shortest_days then cast(round(r.cycle_days) as integer) end as cycle_days
    from due_window as w
    inner join crm.repurchase_cycle as r on w.calibrated_on = r.calibrated_on
    where
        r.level = :level and greatest(r.intervals, r.borrowed_intervals) >= :minimum_intervals
        and r.repeat_share >= :minimum_repeat_share
        and (cast(:items as text[]) is null or r.item_key = any(cast(:items as text[])))
)

select
    cast(row_number() over (order by item_key) as integer) as item,
    item_key,
    cycle_days,
    expected_value,
    expected_from - cycle_days as bought_from,
    expected_to - cycle_days as bought_to
from asked;

analyze due_item;

create temporary table due_product on commit drop as
select
    p.product_id,
    i.item,
    i.bought_from,
    i.bought_to
from crm.product as p
inner join due_item as i on i.item_key = case :level when 'category' then p.category else cast(p.product_id as text) end
where crm.is_known(p.valid_from, p.valid_to, :business_date);

create temporary table due_day on commit drop as
select distinct cast(d.day as date) as day
from due_item as i
cross join lateral generate_series(i.bought_from, i.bought_to, interval '1 day') as d (day);

-- Purchases that come due now by the customer's own rhythm: the last one before the calibration, or any since.
create temporary table due_rhythm on commit drop as
with known as not materialized (
    select
        r.customer_id,
        i.item,
        cast(round(r.cycle_days) as integer) as cycle_days,
        r.last_bought_on,
        r.expected_on
    from crm.repurchase_rhythm as r
    inner join due_item as i on r.item_key = i.item_key
    cross join due_window as w
    where
        r.level = :level and r.intervals >= :own_rhythm_intervals and round(r.cycle_days) >= w.shortest_days
        and crm.is_known(r.valid_from, r.valid_to, :business_date)
)

select
    k.customer_id,
    k.item,
    k.cycle_days,
    k.last_bought_on as bought_on
from due_window as w
inner join known as k on k.expected_on between w.expected_from and w.expected_to
union
select
    k.customer_id,
    k.item,
    k.cycle_days,
    o.ordered_on as bought_on
from due_window as w
inner join crm.orders as o on o.ordered_on > w.calibrated_on and o.ordered_on <= w.expected_to - w.shortest_days
inner join known as k
    on o.customer_id = k.customer_id and k.cycle_days between w.expected_from - o.ordered_on and w.expected_to - o.ordered_on;

analyze due_product;
analyze due_day;
analyze due_rhythm;

-- Of all these days the purchases: paid, and not come to nothing.
create temporary table due_order on commit drop as
with ordered as (
    select
        o.customer_id,
        o.order_key,
        o.file_version_id,
        o.ordered_on,
        o.amount,
        o.status,
        o.known_on,
        o.known_until
    from due_day as d
    inner join crm.orders as o on d.day = o.ordered_on
    union
    select
        o.customer_id,
        o.order_key,
        o.file_version_id,
        o.ordered_on,
        o.amount,
        o.status,
        o.known_on,
        o.known_until
    from due_rhythm as r
    inner join crm.orders as o on r.customer_id = o.customer_id and r.bought_on = o.ordered_on
)

select
    o.customer_id,
    o.order_key,
    o.file_version_id,
    o.ordered_on
from ordered as o
where
    crm.is_known(o.known_on, o.known_until, :business_date)
    and crm.is_purchase(o.status, o.amount, (
        select sum(r.amount)
        from crm.refund as r
        where
            r.customer_id = o.customer_id and r.order_key = o.order_key
            and crm.is_known(r.known_on, r.known_until, :business_date)
    ));

analyze due_order;

-- Orders are joined with their lines, and those with products, in steps of their own: PostgreSQL expects one row of a join
-- by three columns, and would go through the products anew for every line.
create temporary table due_line on commit drop as
select
    o.customer_id,
    o.ordered_on,
    l.product_id
from due_order as o
inner join crm.order_line as l
    on o.customer_id = l.customer_id and o.order_key = l.order_key and o.file_version_id = l.file_version_id
where l.amount > 0;

analyze due_line;

create temporary table bought on commit drop as
select
    l.customer_id,
    p.item,
    i.cycle_days,
    max(l.ordered_on) as bought_on
from due_line as l
inner join due_product as p on l.product_id = p.product_id and l.ordered_on between p.bought_from and p.bought_to
inner join due_item as i on p.item = i.item
group by l.customer_id, p.item, i.cycle_days;

analyze bought;

-- Who has a rhythm with the item goes by that alone.
delete from bought as b
using due_item as i, crm.repurchase_rhythm as r
where
    b.item = i.item and b.customer_id = r.customer_id and r.level = :level and i.item_key = r.item_key
    and r.intervals >= :own_rhythm_intervals
    and crm.is_known(r.valid_from, r.valid_to, :business_date);

insert into bought (customer_id, item, cycle_days, bought_on)
select
    r.customer_id,
    r.item,
    r.cycle_days,
    max(r.bought_on) as bought_on
from due_rhythm as r
inner join due_line as l on r.customer_id = l.customer_id and r.bought_on = l.ordered_on
inner join due_product as p on l.product_id = p.product_id and r.item = p.item
group by r.customer_id, r.item, r.cycle_days;

analyze bought;

-- What those buyers bought since.
create temporary table later_order on commit drop as
with buyer as (
    select
        customer_id,
        min(bought_on) as bought_on
    from bought
    group by customer_id
)

select
    o.customer_id,
    o.order_key,
    o.file_version_id,
    o.ordered_on
from buyer as b
inner join crm.orders as o on b.customer_id = o.customer_id and b.bought_on < o.ordered_on
where
    crm.is_known(o.known_on, o.known_until, :business_date)
    and crm.is_purchase(o.status, o.amount, (
        select sum(r.amount)
        from crm.refund as r
        where
            r.customer_id = o.customer_id and r.order_key = o.order_key
            and crm.is_known(r.known_on, r.known_until, :business_date)
    ));

analyze later_order;

create temporary table later_line on commit drop as
select
    o.customer_id,
    o.ordered_on,
    l.product_id
from later_order as o
inner join crm.order_line as l
    on o.customer_id = l.customer_id and o.order_key = l.order_key and o.file_version_id = l.file_version_id
where l.amount > 0;

analyze later_line;

insert into candidate (customer_id, due_id, instance, item_key, bought_recently)
with bought_again as (
    select
        l.customer_id,
        p.item,
        max(l.ordered_on) as bought_on
    from later_line as l
    inner join due_product as p on l.product_id = p.product_id
    group by l.customer_id, p.item
),

due_pair as (
    select
        b.customer_id,
        i.item_key,
        i.expected_value,
        :level || ':' || i.item_key || ':' || b.bought_on as instance,
        cast(:send_date as date) - b.bought_on <= least(:recent_buyer_days, b.cycle_days / 2.0) as bought_recently
    from bought as b
    inner join due_item as i on b.item = i.item
    inner join crm.customer as c on b.customer_id = c.customer_id
    left join bought_again as a on b.customer_id = a.customer_id and b.item = a.item and b.bought_on < a.bought_on
    where a.customer_id is null and not c.is_anonymous
),

undecided as (
    select
        p.*,
        row_number() over (
            partition by p.customer_id order by p.bought_recently asc, p.expected_value desc nulls last, p.item_key asc
        ) as place
    from due_pair as p
    left join crm.decision as d
        on
            p.customer_id = d.customer_id and d.campaign = :campaign
            and p.instance = d.instance and d.business_date < :business_date
    where d.customer_id is null
)

select
    customer_id,
    :due_id,
    instance,
    item_key,
    bought_recently
from undecided
where place = 1;

drop table later_line, later_order, bought, due_line, due_order, due_rhythm, due_day, due_product, due_item, due_window
