-- The new conversions, with what of them meets the goal and what their goods cost. Appends; evaluation/follow_versions keeps
-- known_until, evaluation/update_costs what was not known yet of costs. Reads new_conversion (evaluation/new_conversions) and
-- priced_order (evaluation/price_orders). No parameters.
with measured as (
    select
        p.*,
        g.line_numbers,
        case when p.goal in ('product', 'category') then coalesce(g.amount, 0) else p.amount end as goal_amount,
        case when p.goal = 'minimum_value' then cast(p.goal_item as numeric) else 0 end as goal_minimum
    from new_conversion as p
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
    ordered_at, after, meets_goal, goal_amount, goal_minimum, goal_lines, status, amount, known_on, known_until, coupon_codes,
    goods_cost, costed_amount, costed_lines, line_amounts, line_costs, unpriced_products
)
select
    m.customer_id,
    m.campaign,
    m.occasion,
    m.instance,
    m.wave,
    m.kind,
    m.send_date,
    m.order_key,
    m.file_version_id,
    m.ordered_at,
    m.ordered_at - m.planned_send_at as after,
    m.goal_amount > 0 and m.goal_amount >= m.goal_minimum as meets_goal,
    m.goal_amount,
    m.goal_minimum,
    m.line_numbers,
    m.status,
    m.amount,
    m.known_on,
    m.known_until,
    m.coupon_codes,
    coalesce(c.goods_cost, 0) as goods_cost,
    coalesce(c.costed_amount, 0) as costed_amount,
    c.costed_lines,
    c.line_amounts,
    c.line_costs,
    c.unpriced_products
from measured as m
left join priced_order as c
    on m.customer_id = c.customer_id and m.order_key = c.order_key and m.file_version_id = c.file_version_id
on conflict (customer_id, campaign, occasion, instance, wave, order_key, file_version_id) do nothing
