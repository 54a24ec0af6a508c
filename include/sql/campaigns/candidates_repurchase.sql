-- Which customers have an occasion on this send date? Those one of whose products or categories comes due today: an event,
-- once per item and last purchase, on the send date on which cycle - lead is reached. Send dates that this campaign missed
-- since its last plan are caught up with, a backlog never is. One item per customer: the largest expected value.
-- Reads the orders of the days on which what comes due now was bought, then what those buyers bought since: never the history.
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
    i.bought_from,
    i.bought_to
from crm.product as p
inner join due_item as i on i.item_key = case :level when 'category' then p.category else cast(p.product_id as text) end
where p.valid_from <= :business_date and (p.valid_to is null or p.valid_to > :business_date);

create temporary table due_day on commit drop as
select distinct cast(d.day as date) as day
from due_item as i
cross join lateral generate_series(i.bought_from, i.bought_to, interval '1 day') as d (day);

alter table due_product add primary key (product_id);
analyze due_product;
analyze due_day;

create temporary table bought on commit drop as
select
    o.customer_id,
    p.item,
    max(o.ordered_on) as bought_on
from due_day as d
inner join crm.orders as o on d.day = o.ordered_on
inner join crm.order_line as l
    on o.customer_id = l.customer_id and o.order_key = l.order_key and o.file_version_id = l.file_version_id
inner join due_product as p on l.product_id = p.product_id and o.ordered_on between p.bought_from and p.bought_to
where
    o.status in ('paid', 'shipped', 'completed') and l.amount > 0
    and o.known_on <= :business_date and (o.known_until is null or o.known_until > :business_date)
    and o.amount > (
        select coalesce(sum(r.amount), 0)
        from crm.refund as r
        where
            r.customer_id = o.customer_id and r.order_key = o.order_key
            and r.known_on <= :business_date and (r.known_until is null or r.known_until > :business_date)
    )
group by o.customer_id, p.item;

analyze bought;

insert into candidate (customer_id, due_id, instance, item_key, bought_recently)
with buyer as (
    select
        customer_id,
        min(bought_on) as bought_on
    from bought
    group by customer_id
),

bought_again as (
    select
        o.customer_id,
        p.item,
        max(o.ordered_on) as bought_on
    from buyer as b
    inner join crm.orders as o on b.customer_id = o.customer_id and b.bought_on < o.ordered_on
    inner join crm.order_line as l
        on o.customer_id = l.customer_id and o.order_key = l.order_key and o.file_version_id = l.file_version_id
    inner join due_product as p on l.product_id = p.product_id
    where
        o.status in ('paid', 'shipped', 'completed') and l.amount > 0
        and o.known_on <= :business_date and (o.known_until is null or o.known_until > :business_date)
        and o.amount > (
            select coalesce(sum(r.amount), 0)
            from crm.refund as r
            where
                r.customer_id = o.customer_id and r.order_key = o.order_key
                and r.known_on <= :business_date and (r.known_until is null or r.known_until > :business_date)
        )
    group by o.customer_id, p.item
),

due_pair as (
    select
        b.customer_id,
        i.item_key,
        i.expected_value,
        :level || ':' || i.item_key || ':' || b.bought_on as instance,
        cast(:send_date as date) - b.bought_on <= least(:recent_buyer_days, i.cycle_days / 2.0) as bought_recently
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

drop table bought, due_day, due_product, due_item
