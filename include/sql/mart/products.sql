-- Makes mart.products from crm.product.
create or replace view mart.products as
select
    product_id,
    shop,
    external_id,
    name,
    category,
    list_price,
    unit_cost,
    role
from crm.product
where valid_to is null;

comment on view mart.products is 'One row per product as it is known now (key: product_id). Joins mart.order_lines.';
comment on column mart.products.product_id is 'Key.';
comment on column mart.products.shop is 'Shop.';
comment on column mart.products.external_id is 'The shop''s own product id.';
comment on column mart.products.name is 'Name.';
comment on column mart.products.category is 'Category path, levels joined by " > ".';
comment on column mart.products.list_price is 'List price; reporting currency.';
comment on column mart.products.unit_cost is 'Cost per piece; reporting currency; null = unknown.';
comment on column mart.products.role is 'The shop''s own word for what the product is for: traffic, profit, edge or potential. For analyses: no campaign chooses by it.';
