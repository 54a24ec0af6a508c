-- What the goods of versions of orders cost, line by line: quantity x unit cost of the product as it was known when the order
-- was, else as it was first known; without one the price before discounts less the margin of its category; else unknown. A
-- quantity that does not fit its amount gives no cost. Reads to_price; makes priced_order.
-- :margins  json: [{category, share}], "*" = any other; share of the price that is left after the goods
drop table if exists priced_order, priced_line;

-- Orders come before lines in a join of three columns, of which PostgreSQL expects one row (docs/decisions.md, 14): what follows
-- needs the statistics of the lines that there are.
create temporary table priced_line on commit drop as
select
    t.customer_id,
    t.order_key,
    t.file_version_id,
    t.known_on,
    l.line_number,
    l.product_id,
    l.quantity,
    l.amount,
    l.discount
from to_price as t
inner join crm.order_line as l
    on t.customer_id = l.customer_id and t.order_key = l.order_key and t.file_version_id = l.file_version_id;

analyze priced_line;

create temporary table priced_order on commit drop as
with bought as materialized (
    select distinct l.product_id
    from priced_line as l
),

first_known as materialized (
    select distinct on (p.product_id)
        p.product_id,
        p.category
    from bought as b
    inner join crm.product as p on b.product_id = p.product_id
    order by p.product_id, p.valid_from
),

first_cost as materialized (
    select distinct on (p.product_id)
        p.product_id,
        p.unit_cost
    from bought as b
    inner join crm.product as p on b.product_id = p.product_id
    where p.unit_cost is not null
    order by p.product_id, p.valid_from
),

known as (
    select
        l.*,
        coalesce(p.unit_cost, c.unit_cost) as unit_cost,
        coalesce(p.category, f.category, '') as category
    from priced_line as l
    left join crm.product as p
        on
            l.product_id = p.product_id
            and crm.is_known(p.valid_from, p.valid_to, l.known_on)
    left join first_cost as c on l.product_id = c.product_id
    left join first_known as f on l.product_id = f.product_id
),

category_margin as (
    select
        k.category,
        m.share
    from (select distinct n.category from known as n where n.unit_cost is null) as k
    cross join lateral (
        -- The longest path that fits, as campaigns/offers takes it.
        select n.share
        from jsonb_to_recordset(cast(:margins as jsonb)) as n (category text, share numeric)
        where n.category = '*' or n.category = k.category or starts_with(k.category, n.category || ' > ')
        order by n.category = '*', length(n.category) desc
        limit 1
    ) as m
),

costed as (
    select
        k.*,
        case
            when k.unit_cost is null then (k.amount + k.discount) * (1 - m.share)
            when k.quantity * k.amount > 0 or k.amount = 0 then k.quantity * k.unit_cost
        end as cost
    from known as k
    left join category_margin as m on k.unit_cost is null and k.category = m.category
)

select
    c.customer_id,
    c.order_key,
    c.file_version_id,
    coalesce(sum(c.cost), 0) as goods_cost,
    coalesce(sum(c.amount) filter (where c.cost is not null), 0) as costed_amount,
    array_agg(c.line_number order by c.line_number) filter (where c.cost is not null) as costed_lines,
    array_agg(c.amount order by c.line_number) filter (where c.cost is not null) as line_amounts,
    array_agg(round(c.cost, 4) order by c.line_number) filter (where c.cost is not null) as line_costs,
    array_agg(distinct c.product_id) filter (where c.unit_cost is null and c.product_id is not null)
        as unpriced_products
from costed as c
group by c.customer_id, c.order_key, c.file_version_id;

analyze priced_order;
