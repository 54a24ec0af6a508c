-- The few sums that a result is made of, by window, arm and stratum. An order counts as it was known on :as_of; refunds
-- known by then are taken off; an order of which nothing is left is no conversion.
-- :campaign, :occasion, :wave, :first_send_date, :last_send_date, :as_of  as in evaluation/entries
-- :windows         windows, days of 24 h from planned_send_at
-- :closed_by       only customers whose window ended by then; null = all
-- :cap_quantile    revenue per customer is capped at this quantile of both arms together
with window_length as (
    select
        w.days,
        make_interval(hours => 24 * w.days) as length
    from unnest(cast(:windows as integer[])) as w (days)
),

numbered as (
    select
        d.customer_id,
        d.campaign,
        d.occasion,
        d.instance,
        d.wave,
        d.planned_send_at,
        d.decision = 'include' as treated,
        coalesce(d.segment, 'none') as stratum,
        row_number() over (
            partition by d.customer_id order by d.planned_send_at, d.occasion, d.instance, d.wave
        ) as nth
    from crm.decision as d
    where
        d.campaign = :campaign
        and (cast(:occasion as text) is null or d.occasion = :occasion)
        and (cast(:wave as text) is null or d.wave = :wave)
        and d.send_date between :first_send_date and :last_send_date
        and d.business_date <= :as_of
        and d.decision in ('include', 'hold_out')
        and not exists (
            select 1
            from crm.approval as a
            where
                a.campaign = d.campaign and a.business_date = d.business_date and a.outcome in ('rejected', 'timeout')
        )
),

entry as (
    select * from numbered
    where nth = 1
),

entered as (
    select
        w.days,
        e.treated,
        e.stratum,
        count(*) as customers
    from entry as e
    inner join window_length as w
        on cast(:closed_by as timestamptz) is null or e.planned_send_at + w.length <= :closed_by
    group by w.days, e.treated, e.stratum
),

purchase as (
    select
        e.customer_id,
        e.treated,
        e.stratum,
        e.planned_send_at,
        c.after,
        o.amount - coalesce(r.amount, 0) as net,
        o.amount > coalesce(r.amount, 0)
        and c.meets_goal
        and c.goal_amount > coalesce(r.goal_amount, 0)
        and c.goal_amount - coalesce(r.goal_amount, 0) >= c.goal_minimum as meets_goal
    from entry as e
    inner join crm.conversion as c
        on
            e.customer_id = c.customer_id
            and e.campaign = c.campaign
            and e.occasion = c.occasion
            and e.instance = c.instance
            and e.wave = c.wave
    inner join crm.orders as o
        on
            c.customer_id = o.customer_id
            and c.order_key = o.order_key
            and c.file_version_id = o.file_version_id
            and o.known_on <= :as_of
            and (o.known_until is null or o.known_until > :as_of)
    left join lateral (
        select
            sum(x.amount) as amount,
            sum(x.amount) filter (where c.goal_lines is null or x.line_number = any(c.goal_lines)) as goal_amount
        from crm.refund as x
        where
            x.customer_id = c.customer_id
            and x.order_key = c.order_key
            and x.known_on <= :as_of
            and (x.known_until is null or x.known_until > :as_of)
    ) as r on true
),

buyer as (
    select
        w.days,
        p.customer_id,
        p.treated,
        p.stratum,
        sum(p.net) as revenue,
        bool_or(p.net > 0) as bought,
        bool_or(p.meets_goal) as met_goal
    from purchase as p
    inner join window_length as w on p.after < w.length
    where cast(:closed_by as timestamptz) is null or p.planned_send_at + w.length <= :closed_by
    group by w.days, p.customer_id, p.treated, p.stratum
),

entered_total as (
    select
        n.days,
        (1 - cast(:cap_quantile as double precision)) * (sum(n.customers) - 1) as places_from_top
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

bought as (
    select
        b.days,
        b.treated,
        b.stratum,
        count(*) filter (where b.met_goal) as met_goal,
        count(*) filter (where b.bought) as bought,
        sum(least(b.revenue, c.amount)) as capped,
        sum(least(b.revenue, c.amount) ^ 2) as capped_squares,
        sum(b.revenue) as revenue,
        sum(b.revenue ^ 2) as revenue_squares,
        sum(b.revenue ^ 3) as revenue_cubes
    from buyer as b
    left join cap as c on b.days = c.days
    group by b.days, b.treated, b.stratum
)

select
    n.days,
    n.treated,
    n.stratum,
    n.customers,
    coalesce(b.met_goal, 0) as met_goal,
    coalesce(b.bought, 0) as bought,
    coalesce(b.capped, 0) as capped,
    coalesce(b.capped_squares, 0) as capped_squares,
    coalesce(b.revenue, 0) as revenue,
    coalesce(b.revenue_squares, 0) as revenue_squares,
    coalesce(b.revenue_cubes, 0) as revenue_cubes,
    c.amount as cap
from entered as n
left join bought as b on n.days = b.days and n.treated = b.treated and n.stratum = b.stratum
left join cap as c on n.days = c.days
order by n.days, n.stratum, n.treated
