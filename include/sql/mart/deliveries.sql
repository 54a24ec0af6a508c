-- Makes mart.deliveries from crm.delivery, crm.file_version.
create or replace view mart.deliveries as
select
    file.file_version_id,
    file.shop,
    file.kind,
    file.source_file,
    file.business_date,
    file.known_on,
    file.status,
    file.declared_empty,
    file.lines_read,
    file.lines_published,
    file.lines_unchanged,
    file.lines_superseded,
    file.lines_rejected,
    file.arrived_at,
    delivery.business_date is not null as day_complete
from crm.file_version as file
left join crm.delivery as delivery
    on file.shop = delivery.shop and file.business_date = delivery.business_date;

comment on view mart.deliveries is 'One row per arrival of a file whose content was new (key: file_version_id): what was read, and what became of its rows.';
comment on column mart.deliveries.file_version_id is 'Key, in order of arrival.';
comment on column mart.deliveries.shop is 'Shop.';
comment on column mart.deliveries.kind is 'orders, customers, products, suppressions or contacts.';
comment on column mart.deliveries.source_file is 'Path below the landing folder, or key in the bucket.';
comment on column mart.deliveries.business_date is 'Business date that it was delivered for.';
comment on column mart.deliveries.known_on is 'Business date from which its content counts as known.';
comment on column mart.deliveries.status is 'staged, failed (nothing of it was published) or published.';
comment on column mart.deliveries.declared_empty is 'The file declares a day without sales.';
comment on column mart.deliveries.lines_read is 'Rows in the file; once published, the sum of the next four.';
comment on column mart.deliveries.lines_published is 'Rows that became current facts.';
comment on column mart.deliveries.lines_unchanged is 'Rows that said what was known already.';
comment on column mart.deliveries.lines_superseded is 'Rows of orders of which a newer file had spoken already.';
comment on column mart.deliveries.lines_rejected is 'Rows set aside (mart.rejected_rows).';
comment on column mart.deliveries.arrived_at is 'When it was read (an instant).';
comment on column mart.deliveries.day_complete is 'The shop''s business date is in.';
