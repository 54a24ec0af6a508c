-- Which of the products and categories that somebody wrote down the shop does not have, as an audience understands them:
-- the shop's own id of a product; a category's path, or whole levels of it.
-- :products, :categories
with asked as (
    select
        p.item,
        true as is_product
    from unnest(cast(:products as text[])) as p (item)
    union all
    select
        c.item,
        false as is_product
    from unnest(cast(:categories as text[])) as c (item)
)

select a.item
from asked as a
where
    not exists (
        select
        from crm.product as p
        where
            p.valid_to is null
            and case
                when a.is_product then lower(p.external_id) = lower(a.item)
                else strpos(' > ' || lower(p.category) || ' > ', ' > ' || lower(a.item) || ' > ') > 0
            end
    )
order by a.is_product desc, a.item asc
