-- How often the eligible reach each due campaign's goal without being written to, and how many they are.
-- Their own last window before the send date; of a repurchase campaign, whose customers have just not bought for a cycle,
-- what its own controls did in the windows that closed within the last 90 days.
-- Parameters: business_date
create temporary table eligible on commit drop as
select
    customer_id,
    item_key,
    due_id
from drawn
where decision <> 'exclude';

analyze eligible;

with bought as (
    select
        o.customer_id,
        o.order_key,
        o.file_version_id,
        o.ordered_on,
        o.amount - crm.paid_back(o.status, o.amount, r.amount) as amount
    from crm.orders as o
    left join lateral (
        select sum(x.amount) as amount
        from crm.refund as x
        where
            x.customer_id = o.customer_id and x.order_key = o.order_key
            and crm.is_known(x.known_on, x.known_until, :business_date)
    ) as r on true
    where
        o.ordered_on > cast(:business_date as date) - (select max(u.window_days) from due as u)
        and o.ordered_on <= :business_date
        and o.customer_id in (select e.customer_id from eligible as e)
        and crm.is_purchase(o.status, o.amount, r.amount)
        and crm.is_known(o.known_on, o.known_until, :business_date)
),

reached as (
    select
        e.due_id,
        e.customer_id
    from eligible as e
    inner join due as u on e.due_id = u.due_id
    inner join bought as b on e.customer_id = b.customer_id
    where
        b.ordered_on > cast(:business_date as date) - u.window_days
        and (
            u.goal = 'any_order'
            or (u.goal = 'minimum_value' and b.amount >= cast(u.goal_item as numeric))
            or exists (
                select 1
                from crm.order_line as l
                inner join crm.product as p
                    on
                        l.product_id = p.product_id
                        and crm.is_known(p.valid_from, p.valid_to, :business_date)
                where
                    l.customer_id = b.customer_id and l.order_key = b.order_key and l.file_version_id = b.file_version_id
                    and case u.goal
                        when 'product' then u.goal_item in (p.external_id, cast(p.product_id as text))
                        when 'category' then p.category = u.goal_item or starts_with(p.category, u.goal_item || ' > ')
                    end
            )
        )
),

own as (
    select
        due_id,
        count(distinct customer_id) as reached
    from reached
    group by due_id
),

controls as (
    select
        u.due_id,
        count(*) as customers,
        count(*) filter (where exists (
            select 1
            from crm.conversion as x
            where
                x.customer_id = d.customer_id and x.campaign = d.campaign and x.occasion = d.occasion
                and x.instance = d.instance and x.wave = d.wave
                and x.meets_goal and x.after < make_interval(days => u.window_days)
                and crm.is_known(x.known_on, x.known_until, :business_date)
                and crm.is_purchase(x.status, x.amount, (
                    select sum(r.amount)
                    from crm.refund as r
                    where
                        r.customer_id = x.customer_id and r.order_key = x.order_key
                        and crm.is_known(r.known_on, r.known_until, :business_date)
                ))
        )) as reached
    from due as u
    inner join crm.decision as d on u.campaign = d.campaign and d.decision = 'hold_out'
    where
        u.kind = 'repurchase' and d.send_date > cast(:business_date as date) - 90
        and d.send_date + u.window_days <= :business_date
    group by u.due_id
)

select
    u.due_id,
    u.campaign,
    u.occasion,
    u.wave,
    u.goal,
    u.window_days,
    u.holdout,
    u.kind = 'repurchase' as by_controls,
    (select count(*) from eligible as e where e.due_id = u.due_id) as eligible,
    case
        when u.kind = 'repurchase' then c.customers
        else (select count(*) from eligible as e where e.due_id = u.due_id)
    end as observed,
    coalesce(case when u.kind = 'repurchase' then c.reached else o.reached end, 0) as reached
from due as u
left join own as o on u.due_id = o.due_id
left join controls as c on u.due_id = c.due_id
order by u.due_id
