-- The few sums that results are made of, by window and cell (arm, segment, tier, channel, variant, and of pooled results the
-- shares that were drawn by and the month), in one pass over narrow rows. An order counts as it was known on :as_of; refunds known by then are taken off; an order of which nothing is left is
-- no conversion. Reads entry (evaluation/entry_once, evaluation/entry_pooled).
-- :campaign, :occasion, :wave  occasion and wave null = all of them (pooled)
-- :send_dates      send dates of the waves that were approved
-- :as_of           business date
-- :windows         windows, days of 24 h from planned_send_at, rising
-- :closed_by       only customers whose window ended by then; null = all
-- :cap_quantile    revenue per customer is capped at this quantile of both arms together
-- :margin          what is left of revenue of which no cost is known; null = as of that whose cost is known
drop table if exists counted, buyer;

-- How many of the windows are over for the customer: one row per cell instead of one per customer and window.
create temporary table counted on commit drop as
select
    e.treated,
    e.segment,
    e.tier,
    e.channel,
    e.variant,
    e.shares,
    e.month,
    case
        when cast(:closed_by as timestamptz) is null then cardinality(cast(:windows as integer[]))
        else width_bucket(
            cast(extract(epoch from cast(:closed_by as timestamptz) - e.planned_send_at) / 86400 as double precision),
            cast(cast(:windows as integer[]) as double precision[])
        )
    end as places,
    count(*) as customers,
    sum(e.spent_before) as spent_before,
    sum(e.spent_before * e.spent_before) as spent_before_squares
from entry as e
group by e.treated, e.segment, e.tier, e.channel, e.variant, e.shares, e.month, places;

-- Per customer in double precision: a few amounts of four decimals are exact again as whole ten-thousandths.
create temporary table buyer on commit drop as
with paid_back_line as (
    select
        c.customer_id,
        c.occasion,
        c.instance,
        c.wave,
        c.order_key,
        x.line_number,
        min(c.amount) as order_amount,
        sum(x.amount) as amount,
        sum(x.amount) filter (where c.goal_lines is null or x.line_number = any(c.goal_lines)) as goal_amount,
        min(c.line_amounts[array_position(c.costed_lines, x.line_number)]) as line_amount,
        min(c.line_costs[array_position(c.costed_lines, x.line_number)]) as line_cost
    from crm.conversion as c
    inner join crm.refund as x on c.customer_id = x.customer_id and c.order_key = x.order_key
    where
        c.campaign = :campaign
        and (cast(:occasion as text) is null or c.occasion = :occasion)
        and (cast(:wave as text) is null or c.wave = :wave)
        and c.send_date = any(cast(:send_dates as date[]))
        and crm.is_known(c.known_on, c.known_until, :as_of)
        and crm.is_known(x.known_on, x.known_until, :as_of)
    group by c.customer_id, c.occasion, c.instance, c.wave, c.order_key, x.line_number
),

-- A refund of a line takes back the line's cost in its share; one of the whole order that of all lines alike.
paid_back as (
    select
        l.customer_id,
        l.occasion,
        l.instance,
        l.wave,
        l.order_key,
        sum(l.amount) as amount,
        sum(l.goal_amount) as goal_amount,
        case
            when min(l.order_amount) <= sum(l.amount) then 0
            else cast(
                (min(l.order_amount) - sum(l.amount))
                / (min(l.order_amount) - coalesce(sum(l.amount) filter (where l.line_number is not null), 0))
                as double precision
            )
        end as share,
        coalesce(sum(l.line_cost * least(l.amount / nullif(l.line_amount, 0), 1)), 0) as cost,
        coalesce(sum(least(l.amount, l.line_amount)) filter (where l.line_cost is not null), 0) as costed
    from paid_back_line as l
    group by l.customer_id, l.occasion, l.instance, l.wave, l.order_key
),

purchase as (
    select
        e.customer_id,
        e.treated,
        e.segment,
        e.tier,
        e.channel,
        e.variant,
        e.shares,
        e.month,
        e.spent_before,
        e.planned_send_at,
        c.after,
        cast(c.amount - crm.paid_back(c.status, c.amount, r.amount) as double precision) as net,
        cast(crm.paid_back(c.status, c.amount, r.amount) as double precision) as refund,
        cast(coalesce(c.goods_cost, 0) - coalesce(r.cost, 0) as double precision) * coalesce(r.share, 1) as cost,
        cast(coalesce(c.costed_amount, 0) - coalesce(r.costed, 0) as double precision) * coalesce(r.share, 1) as costed,
        crm.is_purchase(c.status, c.amount, r.amount) as is_left,
        crm.is_purchase(c.status, c.amount, r.amount)
        and c.meets_goal
        and c.goal_amount > coalesce(r.goal_amount, 0)
        and c.goal_amount - coalesce(r.goal_amount, 0) >= c.goal_minimum as meets_goal
    from entry as e
    inner join crm.conversion as c
        on e.customer_id = c.customer_id and e.occasion = c.occasion and e.instance = c.instance and e.wave = c.wave
    left join paid_back as r
        on
            c.customer_id = r.customer_id
            and c.order_key = r.order_key
            and c.occasion = r.occasion
            and c.instance = r.instance
            and c.wave = r.wave
    where
        c.campaign = :campaign
        and (cast(:occasion as text) is null or c.occasion = :occasion)
        and (cast(:wave as text) is null or c.wave = :wave)
        and c.send_date = any(cast(:send_dates as date[]))
        and crm.is_known(c.known_on, c.known_until, :as_of)
        -- Refunded wholly, nobody says when: neither an order nor a refund.
        and (c.status <> 'refunded' or r.customer_id is not null)
)

select
    w.days,
    p.customer_id,
    p.treated,
    p.segment,
    p.tier,
    p.channel,
    p.variant,
    p.shares,
    p.month,
    p.spent_before,
    sum(p.net) as revenue,
    sum(p.refund) as refunds,
    sum(p.cost) as cost,
    sum(p.costed) as costed,
    cast(count(*) filter (where p.is_left) as integer) as orders,
    bool_or(p.meets_goal) as met_goal
from purchase as p
inner join unnest(cast(:windows as integer[])) as w (days) on p.after < make_interval(hours => 24 * w.days)
where
    cast(:closed_by as timestamptz) is null
    or p.planned_send_at + make_interval(hours => 24 * w.days) <= :closed_by
group by
    w.days, p.customer_id, p.planned_send_at, p.treated, p.segment, p.tier, p.channel, p.variant, p.shares, p.month,
    p.spent_before;

with entered as (
    select
        w.days,
        c.treated,
        c.segment,
        c.tier,
        c.channel,
        c.variant,
        c.shares,
        c.month,
        sum(c.customers) as customers,
        sum(c.spent_before) as spent_before,
        sum(c.spent_before_squares) as spent_before_squares
    from counted as c
    inner join unnest(cast(:windows as integer[])) with ordinality as w (days, place) on c.places >= w.place
    group by w.days, c.treated, c.segment, c.tier, c.channel, c.variant, c.shares, c.month
),

entered_total as (
    select
        n.days,
        (1 - cast(:cap_quantile as double precision)) * cast(sum(n.customers) - 1 as double precision) as places_from_top
    from entered as n
    group by n.days
),

buyer_total as (
    select
        b.days,
        count(*) as buyers
    from buyer as b
    where b.revenue > 0
    group by b.days
),

place as materialized (
    -- The quantile over all customers, most of whom bought nothing, by its place among the buyers alone; where fewer
    -- bought than stand above the quantile (it would be zero), the quantile among the buyers.
    select
        t.days,
        case
            when t.buyers = 1 then 1
            when n.places_from_top <= t.buyers - 1 then 1 - n.places_from_top / (t.buyers - 1)
            else cast(:cap_quantile as double precision)
        end as fraction
    from buyer_total as t
    inner join entered_total as n on t.days = n.days
),

cap as (
    select
        p.days,
        cast(percentile_cont(p.fraction) within group (order by b.revenue) as numeric(18, 4)) as amount
    from place as p
    inner join buyer as b on p.days = b.days
    where b.revenue > 0
    group by p.days, p.fraction
),

-- Of revenue without a known cost as much is left as the margin says, else as of the rest, of both arms alike.
left_over as (
    select
        b.days,
        coalesce(
            cast(:margin as double precision), sum(b.costed - b.cost) / nullif(sum(b.costed), 0), 0
        ) as margin
    from buyer as b
    group by b.days
),

measured as (
    select
        b.*,
        least(b.revenue, cast(c.amount as double precision)) as capped,
        b.costed - b.cost + (b.revenue - b.costed) * l.margin as contribution
    from buyer as b
    inner join left_over as l on b.days = l.days
    left join cap as c on b.days = c.days
),

-- A basket that counts as less brings less: its contribution is capped in the same share.
held as (
    select
        m.*,
        case
            when m.capped < m.revenue then m.contribution * m.capped / m.revenue
            else m.contribution
        end as capped_contribution
    from measured as m
),

bought as (
    select
        b.days,
        b.treated,
        b.segment,
        b.tier,
        b.channel,
        b.variant,
        b.shares,
        b.month,
        count(*) filter (where b.met_goal) as met_goal,
        count(*) filter (where b.orders > 0) as bought,
        sum(b.orders) as orders,
        sum(b.orders * b.orders) as orders_squares,
        sum(b.capped) as capped,
        sum(b.capped * b.capped) as capped_squares,
        cast(sum(cast(round(b.revenue * 10000) as bigint)) / 10000 as numeric(18, 4)) as revenue,
        sum(b.revenue * b.revenue) as revenue_squares,
        sum(b.revenue * b.revenue * b.revenue) as revenue_cubes,
        cast(sum(cast(round(b.refunds * 10000) as bigint)) / 10000 as numeric(18, 4)) as refunds,
        sum(b.capped * b.spent_before) as capped_spent_before,
        sum(b.capped_contribution) as contribution,
        sum(b.capped_contribution * b.capped_contribution) as contribution_squares,
        sum(b.capped_contribution * b.spent_before) as contribution_spent_before,
        cast(sum(cast(round(b.cost * 10000) as bigint)) / 10000 as numeric(18, 4)) as goods_cost,
        cast(sum(cast(round(b.costed * 10000) as bigint)) / 10000 as numeric(18, 4)) as costed
    from held as b
    group by b.days, b.treated, b.segment, b.tier, b.channel, b.variant, b.shares, b.month
)

select
    n.days,
    n.treated,
    n.segment,
    n.tier,
    n.channel,
    n.variant,
    n.shares,
    n.month,
    cast(n.customers as bigint) as customers,
    coalesce(b.met_goal, 0) as met_goal,
    coalesce(b.bought, 0) as bought,
    coalesce(b.orders, 0) as orders,
    coalesce(b.orders_squares, 0) as orders_squares,
    coalesce(b.capped, 0) as capped,
    coalesce(b.capped_squares, 0) as capped_squares,
    coalesce(b.revenue, 0) as revenue,
    coalesce(b.revenue_squares, 0) as revenue_squares,
    coalesce(b.revenue_cubes, 0) as revenue_cubes,
    coalesce(b.refunds, 0) as refunds,
    n.spent_before,
    n.spent_before_squares,
    coalesce(b.capped_spent_before, 0) as capped_spent_before,
    coalesce(b.contribution, 0) as contribution,
    coalesce(b.contribution_squares, 0) as contribution_squares,
    coalesce(b.contribution_spent_before, 0) as contribution_spent_before,
    coalesce(b.goods_cost, 0) as goods_cost,
    coalesce(b.costed, 0) as costed,
    c.amount as cap
from entered as n
left join bought as b
    on
        n.days = b.days
        and n.treated = b.treated
        and n.segment = b.segment
        and n.tier = b.tier
        and n.channel = b.channel
        and n.variant = b.variant
        and n.shares = b.shares
        and n.month = b.month
left join cap as c on n.days = c.days
order by n.days, n.treated, n.segment, n.tier, n.channel, n.variant, n.shares, n.month
