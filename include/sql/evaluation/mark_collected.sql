-- What has been collected now. A plan that is collected anew is evaluated anew.
-- :file_version_ids, :business_dates  what was collected
-- :as_of                              latest complete business date, or null
-- :window_days                        longest window, days
insert into crm.collected_file (file_version_id, collected_as_of)
select
    f.file_version_id,
    cast(:as_of as date) as collected_as_of
from unnest(cast(:file_version_ids as bigint[])) as f (file_version_id)
on conflict (file_version_id) do nothing;

insert into crm.collected_plan (business_date, decisions, window_days)
select
    p.business_date,
    p.included + p.held_out as decisions,
    cast(:window_days as integer) as window_days
from crm.plan as p
where p.business_date = any(cast(:business_dates as date[]))
on conflict (business_date) do update
    set decisions = excluded.decisions, window_days = excluded.window_days, evaluated_as_of = null
