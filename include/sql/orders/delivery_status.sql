-- How far the staged delivery has come: staged, failed or published; null where it brought nothing new.
select max(v.status) as status
from crm.file_version as v
where v.file_version_id in (select f.file_version_id from staging.file as f);
