-- The latest business date of each shop whose orders are in, and when they came.
select
    s.shop,
    (select max(d.business_date) from crm.delivery as d where d.shop = s.shop) as business_date,
    (select max(d.published_at) from crm.delivery as d where d.shop = s.shop) as published_at
from crm.shop as s
order by s.shop
