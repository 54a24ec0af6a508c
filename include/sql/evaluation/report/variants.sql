-- The latest comparison of every variant of one campaign with its reference, as known on a business date.
-- :campaign  name
-- :as_of     business date of the report
with latest as (
    select distinct on (v.occasion, v.wave, v.period, v.goal, v.window_days, v.variant, v.reference) v.*
    from crm.variant_result as v
    where v.campaign = :campaign and v.as_of <= :as_of
    order by
        v.occasion asc, v.wave asc, v.period asc, v.goal asc, v.window_days asc, v.variant asc, v.reference asc,
        v.version desc
)

select *
from latest
where is_primary
order by occasion asc, wave asc, period asc, variant asc
