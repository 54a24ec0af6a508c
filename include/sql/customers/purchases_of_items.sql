-- Purchase days per product and per category: lines of purchases, less what of that product came back.
-- :as_of  business date: categories as known then
insert into purchase_day
with moved as (
    select
        purchase.customer_id,
        purchase.ordered_on,
        line.product_id,
        line.amount
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
        -refund.amount as amount
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
    'product' as level,
    product_id as item,
    customer_id,
    ordered_on as day,
    sum(amount) as paid
from moved
group by product_id, customer_id, ordered_on
having sum(amount) > 0;

insert into category_item
select
    category,
    dense_rank() over (order by category) as item,
    product_id
from crm.product
where category is not null and valid_from <= :as_of and (valid_to is null or valid_to > :as_of);

insert into purchase_day
select
    'category' as level,
    category_item.item,
    product.customer_id,
    product.day,
    sum(product.paid) as paid
from purchase_day as product
inner join category_item on product.item = category_item.product_id
where product.level = 'product'
group by category_item.item, product.customer_id, product.day;
