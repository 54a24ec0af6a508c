-- What candidates bought in the last days, as far as it speaks against writing to them: a campaign's own goods, or something
-- at full price just before a discount. Reads the orders of those days alone.
-- A campaign's own goods: the product or category of its goal, or the item that is due; a category is a path.
-- Parameters: business_date, same_product_days
create temporary table bought_lately on commit drop as
with recent as (
    select
        o.customer_id,
        o.order_key,
        o.file_version_id,
        cast(:business_date as date) - o.ordered_on as days_ago,
        o.discount = 0 and coalesce(cardinality(o.coupon_codes), 0) = 0 as full_price
    from crm.orders as o
    where
        o.ordered_on > cast(:business_date as date) - greatest((select max(full_price_days) from due), :same_product_days)
        and o.ordered_on <= :business_date
        and o.customer_id in (select p.customer_id from person as p)
        and crm.is_known(o.known_on, o.known_until, :business_date)
        and crm.is_purchase(o.status, o.amount, (
            select sum(r.amount)
            from crm.refund as r
            where
                r.customer_id = o.customer_id and r.order_key = o.order_key
                and crm.is_known(r.known_on, r.known_until, :business_date)
        ))
),

about as (
    select
        c.customer_id,
        c.due_id,
        u.full_price_days,
        case
            when u.goal in ('product', 'category') then coalesce(u.goal_item, c.item_key)
            else c.item_key
        end as item
    from candidate as c
    inner join due as u on c.due_id = u.due_id
),

own_goods as (
    select
        a.customer_id,
        a.due_id,
        r.days_ago,
        r.full_price and l.discount = 0 and r.days_ago < a.full_price_days as full_price
    from about as a
    inner join recent as r on a.customer_id = r.customer_id
    inner join crm.order_line as l
        on r.customer_id = l.customer_id and r.order_key = l.order_key and r.file_version_id = l.file_version_id
    inner join crm.product as p
        on
            l.product_id = p.product_id
            and crm.is_known(p.valid_from, p.valid_to, :business_date)
            and (
                a.item in (p.external_id, cast(p.product_id as text), p.category)
                or starts_with(p.category, a.item || ' > ')
            )
    where a.item is not null and l.amount > 0
),

anything as (
    select
        a.customer_id,
        a.due_id,
        r.full_price and r.days_ago < a.full_price_days as full_price
    from about as a
    inner join recent as r on a.customer_id = r.customer_id
    where a.item is null
)

select
    customer_id,
    due_id,
    bool_or(days_ago < :same_product_days) as same_product,
    bool_or(full_price) as full_price
from own_goods
group by customer_id, due_id
union all
select
    customer_id,
    due_id,
    false as same_product,
    bool_or(full_price) as full_price
from anything
group by customer_id, due_id;

analyze bought_lately;
