-- File versions that came before an instant and have rows that were set aside.
-- :before
select f.file_version_id
from crm.file_version as f
where
    f.arrived_at < :before and f.status <> 'staged'
    and exists (select from crm.rejected_row as r where r.file_version_id = f.file_version_id)
order by f.file_version_id
