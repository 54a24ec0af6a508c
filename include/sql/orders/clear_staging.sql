-- Make room for a delivery: one is staged at a time, and whoever staged the last one must not publish it any more.
-- :delivery_id
truncate
staging.delivery,
staging.file,
staging.order_line,
staging.customer,
staging.product,
staging.suppression,
staging.contact,
staging.orders,
staging.refund,
staging.version,
staging.settled;

-- Versions that were staged but never published went with the rows.
delete from crm.file_version
where status = 'staged';

insert into staging.delivery (delivery_id)
values (:delivery_id);
