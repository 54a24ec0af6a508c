-- Spells per product and per category: purchase days are those of the lines of purchases, less what of the item came back.
-- Sums are in double precision, a quarter of numeric's time and memory; amounts have 4 decimals, so less is nothing.
-- Grouping and windows share their order, so that it is sorted once.
-- :as_of  business date: categories as known then
insert into spell
with moved as (
    select
        purchase.customer_id,
        purchase.ordered_on,
        line.product_id,
        cast(line.amount as double precision) as amount
    from purchase
    inner join crm.order_line as line
        on
            purchase.customer_id = line.customer_id and purchase.order_key = line.order_key
            and purchase.file_version_id = line.file_version_id
    where line.product_id is not null
    union all
    select
        purchase.customer_id,
        purchase.ordered_on,
        coalesce(refund.product_id, line.product_id) as product_id,
        -cast(refund.amount as double precision) as amount
    from purchase
    inner join crm.refund as refund
        on
            purchase.customer_id = refund.customer_id and purchase.order_key = refund.order_key
    left join crm.order_line as line
        on
            purchase.customer_id = line.customer_id and purchase.order_key = line.order_key
            and purchase.file_version_id = line.file_version_id and refund.line_number = line.line_number
    where
        crm.is_known(refund.known_on, refund.known_until, :as_of)
        and coalesce(refund.product_id, line.product_id) is not null
),

purchase_day as (
    select
        product_id as item,
        customer_id,
        ordered_on as day,
        sum(amount) as paid
    from moved
    group by product_id, customer_id, ordered_on
    having sum(amount) > 0.00005
)

select
    item,
    customer_id,
    day,
    lead(day) over (partition by item, customer_id order by day) - day as closed_days,
    count(*) over (partition by item, customer_id) as purchase_days,
    paid
from purchase_day;

insert into item
with bought as (
    select distinct spell.item
    from spell
    left join item on spell.item = item.item
    where item.item is null
)

select
    bought.item,
    'product' as level,
    cast(bought.item as text) as item_key,
    crm.key64('category', product.category) as category_item
from bought
left join crm.product as product
    on
        bought.item = product.product_id and product.category is not null
        and crm.is_known(product.valid_from, product.valid_to, :as_of);

insert into item
select
    crm.key64('category', product.category) as item,
    'category' as level,
    product.category as item_key
from crm.product as product
where
    product.category is not null
    and crm.is_known(product.valid_from, product.valid_to, :as_of)
group by product.category;
analyze item;

insert into spell
with purchase_day as (
    select
        item.category_item as item,
        bought.customer_id,
        bought.day,
        sum(bought.paid) as paid
    from spell as bought
    inner join item on bought.item = item.item
    where item.category_item is not null
    group by item.category_item, bought.customer_id, bought.day
)

select
    item,
    customer_id,
    day,
    lead(day) over (partition by item, customer_id order by day) - day as closed_days,
    count(*) over (partition by item, customer_id) as purchase_days,
    paid
from purchase_day;
