-- Which customers have an occasion on this send date? Those one of whose products or categories comes due today: an event,
-- once per item and last purchase, on the send date on which cycle - lead is reached. Send dates that this campaign missed
-- since its last plan are caught up with, a backlog never is. One item per customer: the largest expected value.
-- One pass over the purchases of the longest cycle that is asked for; an item's own window drops the rest at once.
-- Parameters: due_id, campaign, business_date, send_date, level, lead_days, catch_up_days,
-- minimum_intervals, minimum_cycle_days, minimum_repeat_share, recent_buyer_days, items (null = all)
create temporary table due_item on commit drop as
with calibration as (
    select max(calibrated_on) as calibrated_on
    from crm.repurchase_cycle
    where calibrated_on <= :business_date
),

last_plan as (
    select max(p.send_date) as send_date
    from crm.plan as p
    inner join crm.declaration as d on d.declaration_hash = any(p.declarations)
    where d.campaign = :campaign and p.business_date < :business_date
)

select
    cast(row_number() over (order by r.item_key) as integer) as item,
    r.item_key,
    cast(round(r.cycle_days) as integer) as cycle_days,
    r.expected_value,
    -- Bought from here on it comes due on a send date that was missed, bought up to there on today's.
    greatest(cast(:send_date as date) - :catch_up_days, coalesce(p.send_date + 1, :send_date))
    - cast(round(r.cycle_days) as integer) + :lead_days as bought_from,
    cast(:send_date as date) - cast(round(r.cycle_days) as integer) + :lead_days as bought_to
from crm.repurchase_cycle as r
inner join calibration as c on r.calibrated_on = c.calibrated_on
cross join last_plan as p
where
    r.level = :level and r.intervals >= :minimum_intervals
    and round(r.cycle_days) > :lead_days and round(r.cycle_days) >= :minimum_cycle_days
    and r.repeat_share >= :minimum_repeat_share
    and (cast(:items as text[]) is null or r.item_key = any(cast(:items as text[])));

create temporary table due_product on commit drop as
select
    p.product_id,
    i.item,
    i.bought_from
from crm.product as p
inner join due_item as i on i.item_key = case :level when 'category' then p.category else cast(p.product_id as text) end
where p.valid_from <= :business_date and (p.valid_to is null or p.valid_to > :business_date);

analyze due_product;

insert into candidate (customer_id, due_id, instance, item_key, bought_recently)
with refunded as (
    select
        customer_id,
        order_key,
        sum(amount) as amount
    from crm.refund
    where known_on <= :business_date and (known_until is null or known_until > :business_date)
    group by customer_id, order_key
),

-- Lines first: joining orders to lines by three columns, the planner expects one row and would scan from there.
due_line as materialized (
    select
        l.customer_id,
        l.order_key,
        l.file_version_id,
        p.item,
        p.bought_from
    from crm.order_line as l
    inner join due_product as p on l.product_id = p.product_id
    where l.amount > 0
),

last_bought as (
    select
        o.customer_id,
        l.item,
        max(o.ordered_on) as bought_on
    from crm.orders as o
    inner join due_line as l
        on
            o.customer_id = l.customer_id and o.order_key = l.order_key and o.file_version_id = l.file_version_id
            and o.ordered_on >= l.bought_from
    left join refunded as r on o.customer_id = r.customer_id and o.order_key = r.order_key
    where
        o.status in ('paid', 'shipped', 'completed') and o.amount > coalesce(r.amount, 0)
        and o.ordered_on >= (select min(bought_from) from due_item)
        and o.known_on <= :business_date and (o.known_until is null or o.known_until > :business_date)
    group by o.customer_id, l.item
),

due_pair as (
    select
        b.customer_id,
        i.item_key,
        i.expected_value,
        :level || ':' || i.item_key || ':' || b.bought_on as instance,
        cast(:send_date as date) - b.bought_on <= least(:recent_buyer_days, i.cycle_days / 2.0) as bought_recently
    from last_bought as b
    inner join due_item as i on b.item = i.item and b.bought_on <= i.bought_to
    inner join crm.customer as c on b.customer_id = c.customer_id
    where not c.is_anonymous
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

drop table due_product, due_item
