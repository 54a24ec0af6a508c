-- The business date from whose decisions on something counts that comes in now: the latest complete one, or the one
-- after the last that was decided, whichever is later. So no decision of the past ever seems to have known it.
-- :now, :time_zone of the business
with complete as (
    select business_date
    from crm.delivery
    group by business_date
    having count(*) >= (select count(*) from crm.shop)
)

select
    coalesce(
        greatest((select max(business_date) from complete), (select max(business_date) + 1 from crm.plan)),
        cast(cast(:now as timestamptz) at time zone :time_zone as date)
    ) as known_on
