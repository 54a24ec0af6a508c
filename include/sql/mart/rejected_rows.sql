-- Makes mart.rejected_rows from crm.file_version, crm.rejected_row.
create or replace view mart.rejected_rows as
select
    file.file_version_id,
    file.shop,
    file.kind,
    file.source_file,
    file.business_date,
    rejected.reason,
    rejected.column_name,
    count(*) as rejected,
    count(rejected.replayed_by) as replayed
from crm.rejected_row as rejected
inner join crm.file_version as file
    on rejected.file_version_id = file.file_version_id
group by
    file.file_version_id,
    file.shop,
    file.kind,
    file.source_file,
    file.business_date,
    rejected.reason,
    rejected.column_name;

comment on view mart.rejected_rows is 'Rows set aside, counted by file, reason and column (key: file_version_id, reason, column_name). Counts alone: the rows hold personal data.';
comment on column mart.rejected_rows.file_version_id is 'File version; joins mart.deliveries.';
comment on column mart.rejected_rows.shop is 'Shop.';
comment on column mart.rejected_rows.kind is 'Kind of file.';
comment on column mart.rejected_rows.source_file is 'File to mend.';
comment on column mart.rejected_rows.business_date is 'Business date of the file.';
comment on column mart.rejected_rows.reason is 'First rule that the rows broke.';
comment on column mart.rejected_rows.column_name is 'Column of the file to mend.';
comment on column mart.rejected_rows.rejected is 'Rows set aside.';
comment on column mart.rejected_rows.replayed is 'Of these, rows that came in later, mended.';
