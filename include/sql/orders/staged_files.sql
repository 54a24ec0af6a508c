-- Files of the staged delivery.
select
    file_version_id,
    kind,
    source_file
from staging.file
order by file_version_id;
