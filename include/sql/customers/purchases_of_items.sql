-- Purchase days per product and per category: lines of purchases, less what of that product came back.
-- Sums are in double precision, a quarter of numeric's time and memory; amounts have 4 decimals, so less is nothing.
-- :as_of  business date: categories as known then
insert into purchase_day
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
        refund.known_on <= :as_of and (refund.known_until is null or refund.known_until > :as_of)
        and coalesce(refund.product_id, line.product_id) is not null
)

select
    product_id as item,
    customer_id,
    ordered_on as day,
    sum(amount) as paid
from moved
group by product_id, customer_id, ordered_on
having sum(amount) > 0.00005;

insert into purchase_day
select
    crm.key64('category', product.category) as item,
    bought.customer_id,
    bought.day,
    sum(bought.paid) as paid
from purchase_day as bought
inner join crm.product as product on bought.item = product.product_id
where
    product.category is not null
    and product.valid_from <= :as_of and (product.valid_to is null or product.valid_to > :as_of)
group by product.category, bought.customer_id, bought.day;

insert into item
select
    crm.key64('category', product.category) as item,
    'category' as level,
    product.category as item_key
from crm.product as product
where
    product.category is not null
    and product.valid_from <= :as_of and (product.valid_to is null or product.valid_to > :as_of)
group by product.category;

insert into item
select
    item,
    'product' as level,
    cast(item as text) as item_key
from purchase_day
where item not in (select item from item)
group by item;
analyze item;
