-- The staged delivery was found unfit: nothing of it is published.
update crm.file_version
set status = 'failed'
where file_version_id in (select file_version_id from staging.file) and status = 'staged';
