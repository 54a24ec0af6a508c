-- Set rows aside with their reason; and where an earlier version's rejected row came in mended, say by which version.
insert into crm.rejected_row (file_version_id, row_number, reason, column_name, raw)
select
    file_version_id,
    row_number,
    reject_reason,
    reject_column,
    coalesce(raw, '{}')::jsonb as raw
from (
    select
        file_version_id,
        row_number,
        reject_reason,
        reject_column,
        raw
    from staging.order_line where reject_reason is not null
    union all
    select
        file_version_id,
        row_number,
        reject_reason,
        reject_column,
        raw
    from staging.customer where reject_reason is not null
    union all
    select
        file_version_id,
        row_number,
        reject_reason,
        reject_column,
        raw
    from staging.product where reject_reason is not null
    union all
    select
        file_version_id,
        row_number,
        reject_reason,
        reject_column,
        raw
    from staging.suppression where reject_reason is not null
    union all
    select
        file_version_id,
        row_number,
        reject_reason,
        reject_column,
        raw
    from staging.contact where reject_reason is not null
) as rejected
where (select bool_or(f.by_row or f.lines_rejected > 0) from staging.file as f);

with corrected as (
    select
        r.file_version_id,
        r.row_number,
        f.file_version_id as replayed_by
    from staging.file as f
    inner join crm.file_version as v
        on
            f.shop = v.shop and f.kind = v.kind and f.source_file = v.source_file and v.file_version_id < f.file_version_id
    inner join crm.rejected_row as r on v.file_version_id = r.file_version_id
    where
        r.replayed_by is null
        and r.row_number <= f.lines_read
        and not exists (
            select from crm.rejected_row as still
            where still.file_version_id = f.file_version_id and still.row_number = r.row_number
        )
)

update crm.rejected_row as r
set replayed_by = c.replayed_by
from corrected as c
where r.file_version_id = c.file_version_id and r.row_number = c.row_number;
