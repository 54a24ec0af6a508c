-- Remove the rows of files that were set aside; how many there were stays with the file (crm.file_version).
-- :file_version_ids
delete from crm.rejected_row
where file_version_id = any(cast(:file_version_ids as bigint[]))
