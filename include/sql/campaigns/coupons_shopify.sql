-- The same as rows of a sheet "Discounts", as Matrixify and others import it into Shopify (which has no import of its own):
-- one discount for each code, because amounts differ. Instants in UTC: the first and the last moment of the business's days.
-- Parameters: campaign, business_date, time_zone
-- noqa: disable=RF05
select
    concat_ws(' ', campaign, occasion, code) as "Title",
    'NEW' as "Command",
    code as "Code",
    'Amount off Order' as "Type",
    'Code' as "Method",
    'Fixed Amount' as "Value Type",
    trim_scale(value) as "Value",
    case when threshold > 0 then 'Amount' else 'None' end as "Minimum Requirement",
    trim_scale(nullif(threshold, 0)) as "Minimum Value",
    1 as "Limit Total Times",
    'TRUE' as "Limit One Use Per Customer",
    to_char(
        cast(starts_on as timestamp) at time zone :time_zone at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
    ) as "Starts At",
    to_char(
        cast(expires_on + 1 as timestamp) at time zone :time_zone at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
    ) as "Ends At"
from crm.coupon
where campaign = :campaign and business_date = :business_date
order by customer_id, occasion, instance, wave
