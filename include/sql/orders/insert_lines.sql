-- Lines of the stored versions. A line is its position in its order within the file: equal lines are legitimate.
-- Numbering them sorts them by the table's key, so they go in as they come out.
insert into crm.order_line (
    customer_id, order_key, line_number, file_version_id, product_id, quantity, unit_price, amount, discount
)
select
    o.customer_id,
    o.order_key,
    row_number() over (
        partition by o.customer_id, o.order_key, o.file_version_id
        order by l.line_number, l.row_number
    ) as line_number,
    o.file_version_id,
    crm.key64(o.shop, l.product) as product_id,
    coalesce(l.quantity, 1) as quantity,
    l.unit_price,
    l.amount,
    coalesce(l.discount, 0) as discount
from staging.order_line as l
inner join staging.orders as o on l.file_version_id = o.file_version_id and l.order_id = o.order_id
where o.stored and l.reject_reason is null and l.amount is not null;
