-- Customers who bought one of the products (the shop's own ids), or something of one of the categories (a path, or whole
-- levels of one): paid, and something left after refunds. Products as they were known on the business date.
-- Parameters: scope, number, business_date, by (product or category), listed (lower case), within_days (null = ever)
insert into found (number, customer_id)
with item as (
    select p.product_id
    from crm.product as p
    where
        crm.is_known(p.valid_from, p.valid_to, :business_date)
        and case :by
            when 'product' then lower(p.external_id) = any(cast(:listed as text[]))
            else exists (
                select
                from unnest(cast(:listed as text[])) as l (category)
                where strpos(' > ' || lower(p.category) || ' > ', ' > ' || l.category || ' > ') > 0
            )
        end
),

refunded as (
    select
        customer_id,
        order_key,
        sum(amount) as amount
    from crm.refund
    where
        customer_id in (select f.customer_id from found as f where f.number = :scope)
        and crm.is_known(known_on, known_until, :business_date)
    group by customer_id, order_key
)

select distinct
    :number,
    o.customer_id
from crm.orders as o
inner join crm.order_line as l
    on o.customer_id = l.customer_id and o.order_key = l.order_key and o.file_version_id = l.file_version_id
left join refunded as r on o.customer_id = r.customer_id and o.order_key = r.order_key
where
    o.customer_id in (select f.customer_id from found as f where f.number = :scope)
    and l.product_id in (select i.product_id from item as i) and l.amount > 0
    and crm.is_purchase(o.status, o.amount, r.amount)
    and o.ordered_on <= :business_date
    and (cast(:within_days as integer) is null or o.ordered_on > cast(:business_date as date) - cast(:within_days as integer))
    and crm.is_known(o.known_on, o.known_until, :business_date)
