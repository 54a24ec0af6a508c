-- The last days of all shops together; each row as it is shown to BI tools.
-- :as_of  business date of the report
-- :days   business dates, :as_of the last of them
select
    i.business_date,
    to_jsonb(i) as figures
from mart.shop_indicators as i
where i.shop = '' and i.business_date between cast(:as_of as date) - (cast(:days as integer) - 1) and :as_of
order by i.business_date
