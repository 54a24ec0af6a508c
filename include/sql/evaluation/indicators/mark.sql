-- What this refresh took in.
-- :as_of, :settings  of the refresh
-- :file_version_ids  new ones, as evaluation/indicators/files gave them
insert into crm.indicated_file (file_version_id, as_of)
select
    f.file_version_id,
    cast(:as_of as date) as as_of
from unnest(cast(:file_version_ids as bigint[])) as f (file_version_id)
on conflict (file_version_id) do nothing;

insert into crm.indicator_refresh (as_of, settings)
values (:as_of, :settings)
on conflict (as_of) do update set settings = excluded.settings
