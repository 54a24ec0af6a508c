-- Makes mart.order_lines from crm.customer, crm.order_line, crm.orders.
create or replace view mart.order_lines as
select
    line.order_key,
    line.line_number,
    orders.shop,
    case when not customer.is_anonymous then line.customer_id end as customer_id,
    crm.was_paid(orders.status) as is_paid,
    orders.ordered_on,
    line.product_id,
    line.quantity,
    line.unit_price,
    line.amount,
    line.discount
from crm.orders as orders
inner join crm.order_line as line
    on
        orders.customer_id = line.customer_id
        and orders.order_key = line.order_key
        and orders.file_version_id = line.file_version_id
inner join crm.customer as customer
    on orders.customer_id = customer.customer_id
where orders.known_until is null;

comment on view mart.order_lines is 'One row per line of an order as it is known now (key: order_key, line_number). Joins mart.orders on order_key, mart.products on product_id.';
comment on column mart.order_lines.order_key is 'Order.';
comment on column mart.order_lines.line_number is 'Position in the order, from 1.';
comment on column mart.order_lines.shop is 'Shop.';
comment on column mart.order_lines.customer_id is 'Buyer; null where the shop does not name one.';
comment on column mart.order_lines.is_paid is 'The order counts as revenue: neither unpaid nor cancelled.';
comment on column mart.order_lines.ordered_on is 'Date of the order in the business''s time zone.';
comment on column mart.order_lines.product_id is 'Product; null in order-level files.';
comment on column mart.order_lines.quantity is 'Pieces (may be zero or negative).';
comment on column mart.order_lines.unit_price is 'Price per piece as delivered; reporting currency.';
comment on column mart.order_lines.amount is 'Paid for the line after discounts, before refunds; reporting currency.';
comment on column mart.order_lines.discount is 'Discount already taken off the amount; reporting currency.';
