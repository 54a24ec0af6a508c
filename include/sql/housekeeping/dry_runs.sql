-- Remove what dry runs found before an instant.
-- :before
delete from crm.rehearsal
where rehearsed_at < :before
