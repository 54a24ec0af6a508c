-- These business dates of the shops are in.
-- :shops, :from_date, :business_date
insert into crm.delivery (shop, business_date)
select
    shop,
    day::date
from unnest(cast(:shops as text[])) as shop
cross join generate_series(cast(:from_date as date), cast(:business_date as date), interval '1 day') as day
on conflict (shop, business_date) do nothing;
