-- File versions of orders whose conversions have not been collected.
select f.file_version_id
from crm.file_version as f
where
    f.kind = 'orders'
    and f.status = 'published'
    and not exists (select from crm.collected_file as c where c.file_version_id = f.file_version_id)
order by f.file_version_id
