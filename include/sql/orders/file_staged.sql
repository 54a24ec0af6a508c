-- How many rows of a file were staged. A file without rows declares a day without sales.
-- :file_version_id, :lines_read, :lines_rejected
update crm.file_version
set lines_read = :lines_read, lines_rejected = :lines_rejected, declared_empty = :lines_read = 0
where file_version_id = :file_version_id;

update staging.file
set lines_read = :lines_read, lines_rejected = :lines_rejected, declared_empty = :lines_read = 0
where file_version_id = :file_version_id;
