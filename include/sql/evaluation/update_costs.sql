-- What has become known of costs; the results of those send dates are evaluated anew. Reads priced_order.
-- :file_version_ids  product files that have been looked at
drop table if exists newly_priced;

create temporary table newly_priced on commit drop as
select
    c.customer_id,
    c.campaign,
    c.occasion,
    c.instance,
    c.wave,
    c.send_date,
    c.order_key,
    c.file_version_id,
    coalesce(o.goods_cost, 0) as goods_cost,
    coalesce(o.costed_amount, 0) as costed_amount,
    o.costed_lines,
    o.line_amounts,
    o.line_costs,
    o.unpriced_products
from to_price as t
inner join crm.conversion as c
    on t.customer_id = c.customer_id and t.order_key = c.order_key and t.file_version_id = c.file_version_id
left join priced_order as o
    on t.customer_id = o.customer_id and t.order_key = o.order_key and t.file_version_id = o.file_version_id
where
    c.costed_amount is null
    or (c.costed_amount, c.goods_cost, c.unpriced_products)
    is distinct from (coalesce(o.costed_amount, 0), coalesce(o.goods_cost, 0), o.unpriced_products);

update crm.conversion as c
set
    goods_cost = n.goods_cost,
    costed_amount = n.costed_amount,
    costed_lines = n.costed_lines,
    line_amounts = n.line_amounts,
    line_costs = n.line_costs,
    unpriced_products = n.unpriced_products
from newly_priced as n
where
    c.customer_id = n.customer_id
    and c.campaign = n.campaign
    and c.occasion = n.occasion
    and c.instance = n.instance
    and c.wave = n.wave
    and c.order_key = n.order_key
    and c.file_version_id = n.file_version_id;

update crm.collected_plan
set evaluated_as_of = null
where business_date in (
    select p.business_date
    from crm.plan as p
    where p.send_date in (select n.send_date from newly_priced as n)
);

insert into crm.costed_file (file_version_id)
select f.file_version_id
from unnest(cast(:file_version_ids as bigint[])) as f (file_version_id)
on conflict (file_version_id) do nothing
