-- The few sums that the results of an imported campaign are made of: by window, arm and part of the audience, the columns of
-- crm.evaluation.cells.Cell, as evaluation/cells gives them for live campaigns.
-- :windows             windows, days
-- :cap_quantile        revenue per customer is capped at this quantile of both arms together
-- :per_contact         cost of a message that was taken (of each treated, where the file does not tell); null = not known
-- :per_redemption      cost of a coupon; 0 = there were none, null = not known
-- :tells_redemptions   the file counts redeemed coupons
with window_length as (
    select w.days
    from unnest(cast(:windows as integer[])) as w (days)
),

entered_total as (
    select (1 - cast(:cap_quantile as double precision)) * (count(*) - 1) as places_from_top
    from imported_entry
),

buyer_total as (
    select
        b.days,
        count(*) as buyers
    from imported_buyer as b
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
    cross join entered_total as n
),

cap as (
    select
        p.days,
        cast(percentile_cont(p.fraction) within group (order by b.revenue) as numeric(18, 4)) as amount
    from place as p
    inner join imported_buyer as b on p.days = b.days
    where b.revenue > 0
    group by p.days, p.fraction
),

-- The covariate has as heavy a tail as the revenue, and is capped likewise, as crm.assignment.spent_before is.
covariate_cap as (
    select percentile_cont(cast(:cap_quantile as double precision)) within group (order by e.spent_before) as amount
    from imported_entry as e
    where e.spent_before > 0
),

joined as (
    select
        w.days,
        e.treated,
        e.segment,
        e.tier,
        e.channel,
        e.variant,
        e.accepted,
        e.delivered,
        e.opened,
        e.clicked,
        least(cast(e.spent_before as double precision), v.amount) as spent_before,
        coalesce(b.met_goal, false) as met_goal,
        coalesce(b.bought, false) as bought,
        coalesce(b.orders, 0) as orders,
        coalesce(b.revenue, 0) as revenue,
        cast(coalesce(b.revenue, 0) as double precision) as amount,
        cast(least(coalesce(b.revenue, 0), c.amount) as double precision) as capped,
        coalesce(b.refunds, 0) as refunds,
        coalesce(b.redeemed, 0) as redeemed
    from imported_entry as e
    cross join window_length as w
    cross join covariate_cap as v
    left join imported_buyer as b on e.customer_id = b.customer_id and w.days = b.days
    left join cap as c on w.days = c.days
),

cell as (
    select
        j.days,
        j.treated,
        j.segment,
        j.tier,
        j.channel,
        j.variant,
        count(*) as customers,
        count(*) filter (where j.met_goal) as met_goal,
        count(*) filter (where j.bought) as bought,
        sum(j.orders) as orders,
        sum(j.orders * j.orders) as orders_squares,
        sum(j.capped) as capped,
        sum(j.capped * j.capped) as capped_squares,
        sum(j.revenue) as revenue,
        sum(j.amount * j.amount) as revenue_squares,
        sum(j.amount * j.amount * j.amount) as revenue_cubes,
        sum(j.refunds) as refunds,
        sum(j.spent_before) as spent_before,
        sum(j.spent_before * j.spent_before) as spent_before_squares,
        sum(j.capped * j.spent_before) as capped_spent_before,
        case when count(j.accepted) > 0 then count(*) filter (where j.accepted) end as accepted,
        case when count(j.delivered) > 0 then count(*) filter (where j.delivered) end as delivered,
        case when count(j.opened) > 0 then count(*) filter (where j.opened) end as opened,
        case when count(j.clicked) > 0 then count(*) filter (where j.clicked) end as clicked,
        sum(j.redeemed) as redeemed
    from joined as j
    group by j.days, j.treated, j.segment, j.tier, j.channel, j.variant
)

select
    n.days,
    n.treated,
    n.segment,
    n.tier,
    n.channel,
    n.variant,
    n.customers,
    n.met_goal,
    n.bought,
    n.orders,
    n.orders_squares,
    coalesce(n.capped, 0) as capped,
    coalesce(n.capped_squares, 0) as capped_squares,
    n.revenue,
    n.revenue_squares,
    n.revenue_cubes,
    n.refunds,
    coalesce(n.spent_before, 0) as spent_before,
    coalesce(n.spent_before_squares, 0) as spent_before_squares,
    coalesce(n.capped_spent_before, 0) as capped_spent_before,
    case when n.treated then n.accepted end as accepted,
    case when n.treated then n.delivered end as delivered,
    case when n.treated then n.opened end as opened,
    case when n.treated then n.clicked end as clicked,
    case
        when n.treated then cast(:per_contact as numeric) * coalesce(n.accepted, n.customers)
    end as sending_cost,
    case
        when n.treated and (:tells_redemptions or cast(:per_redemption as numeric) = 0)
            then cast(:per_redemption as numeric) * n.redeemed
    end as coupon_cost,
    c.amount as cap
from cell as n
left join cap as c on n.days = c.days
order by n.days, n.segment, n.tier, n.channel, n.variant, n.treated
