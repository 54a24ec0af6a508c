-- Versions of orders of which more may be known by now: those that nobody has looked up, and those with a product whose first
-- unit cost came with these files. Makes to_price; an ordinary day's files bring no product its first cost, and read nothing.
-- :file_version_ids  product files not yet looked at
-- :everything        all that have a product without unit cost: the margins of categories have changed
drop table if exists newly_costed, to_price;

create temporary table newly_costed on commit drop as
select distinct p.product_id
from crm.product as p
where
    p.file_version_id = any(cast(:file_version_ids as bigint[]))
    and p.unit_cost is not null
    and not exists (
        select from crm.product as earlier
        where
            earlier.product_id = p.product_id and earlier.valid_from < p.valid_from
            and earlier.unit_cost is not null
    );

create temporary table to_price on commit drop as
select
    c.customer_id,
    c.order_key,
    c.file_version_id,
    c.known_on
from crm.conversion as c
where c.costed_amount is null
union
select
    c.customer_id,
    c.order_key,
    c.file_version_id,
    c.known_on
from crm.conversion as c
where
    (:everything or exists (select from newly_costed))
    and (
        (:everything and c.costed_amount < c.amount)
        or exists (
            select from unnest(c.unpriced_products) as u (product_id)
            where :everything or u.product_id in (select n.product_id from newly_costed as n)
        )
    );

analyze to_price;
