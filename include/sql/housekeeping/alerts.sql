-- Remove alerts that were told before an instant: the same trouble would be told again by now anyway.
-- :before
delete from crm.alert
where sent_at < :before
