-- These business dates of the shops are in. A date that was in already keeps the mode that it first came in.
-- :shops, :from_date, :business_date, :mode (of the run)
insert into crm.delivery (shop, business_date, mode)
select
    shop,
    day::date,
    :mode
from unnest(cast(:shops as text[])) as shop
cross join generate_series(cast(:from_date as date), cast(:business_date as date), interval '1 day') as day
on conflict (shop, business_date) do nothing;
