-- A delivery begins in the emptied staging tables (empty_staging): one is staged at a time, and whoever staged the last one
-- must not publish it any more. Versions that were staged but never published went with the rows.
-- :delivery_id
delete from crm.file_version
where status = 'staged';

insert into staging.delivery (delivery_id)
values (:delivery_id);
