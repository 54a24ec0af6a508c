-- Purchases within the longest window after planned_send_at, of treated and held-out customers alike: a new order may fall
-- into an old decision's window, and a new decision's window may hold an order that is here already (dates released late).
-- A purchase is a paid order; what is refunded later is taken off when it is evaluated. Appends; evaluation/follow_versions keeps known_until.
-- :file_version_ids  file versions not yet collected
-- :send_dates        send dates of plans not yet collected
-- :hours             longest window, hours (a day of a window is 24 h, whatever the clocks do)
with pair as (
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
        o.amount,
        o.known_on,
        o.known_until,
        o.coupon_codes
    from crm.orders as o
    inner join crm.decision as d on o.customer_id = d.customer_id
    where
        o.file_version_id = any(cast(:file_version_ids as bigint[]))
        and o.status in ('paid', 'shipped', 'completed')
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
        and o.status in ('paid', 'shipped', 'completed')
        and o.ordered_at >= d.planned_send_at
        and o.ordered_at < d.planned_send_at + make_interval(hours => :hours)
),

measured as (
    select
        p.*,
        g.line_numbers,
        case when p.goal in ('product', 'category') then coalesce(g.amount, 0) else p.amount end as goal_amount,
        case when p.goal = 'minimum_value' then cast(p.goal_item as numeric) else 0 end as goal_minimum
    from pair as p
    left join lateral (
        -- The lines that are about the goal's product or category; a category is a path, a goal may name any level of it.
        select
            sum(l.amount) as amount,
            array_agg(l.line_number order by l.line_number) as line_numbers
        from crm.order_line as l
        inner join lateral (
            -- As the product was known when the order was, else as it was first known.
            select
                x.external_id,
                x.category
            from crm.product as x
            where x.product_id = l.product_id
            order by x.valid_from > p.known_on, abs(x.valid_from - p.known_on)
            limit 1
        ) as item on true
        where
            p.goal in ('product', 'category')
            and l.customer_id = p.customer_id
            and l.order_key = p.order_key
            and l.file_version_id = p.file_version_id
            and case p.goal
                when 'product' then p.goal_item in (cast(l.product_id as text), item.external_id)
                else item.category = p.goal_item or starts_with(item.category, p.goal_item || ' > ')
            end
    ) as g on true
)

insert into crm.conversion (
    customer_id, campaign, occasion, instance, wave, kind, send_date, order_key, file_version_id,
    ordered_at, after, meets_goal, goal_amount, goal_minimum, goal_lines, amount, known_on, known_until, coupon_codes
)
select
    customer_id,
    campaign,
    occasion,
    instance,
    wave,
    kind,
    send_date,
    order_key,
    file_version_id,
    ordered_at,
    ordered_at - planned_send_at as after,
    goal_amount > 0 and goal_amount >= goal_minimum as meets_goal,
    goal_amount,
    goal_minimum,
    line_numbers,
    amount,
    known_on,
    known_until,
    coupon_codes
from measured
on conflict (customer_id, campaign, occasion, instance, wave, order_key, file_version_id) do nothing
