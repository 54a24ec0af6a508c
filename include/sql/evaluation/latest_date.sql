-- The latest complete business date: every shop's delivery is in (or declared empty). Null before the first one.
with complete as (
    select business_date
    from crm.delivery
    group by business_date
    having count(*) >= (select count(*) from crm.shop)
)

select max(business_date) from complete
