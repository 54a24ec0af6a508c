-- The staged delivery was found unfit: nothing of it is published. What failed stands beside the file that it failed in.
-- :failures (json: source file -> the expectations that failed in it)
update crm.file_version
set status = 'failed', failure = cast(:failures as jsonb) ->> source_file
where file_version_id in (select file_version_id from staging.file) and status = 'staged';
