-- The files of an erased customer are gone.
-- :customer_id, :now, :files
update crm.erasure
set files_removed_at = :now, files_removed = files_removed + :files
where customer_id = :customer_id
