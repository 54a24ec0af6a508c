-- Why rows of the staged delivery were set aside, and where each reason comes first; no values.
with rejected as (
    select
        file_version_id,
        row_number,
        reject_reason,
        reject_column
    from staging.order_line
    where reject_reason is not null
    union all
    select
        file_version_id,
        row_number,
        reject_reason,
        reject_column
    from staging.customer
    where reject_reason is not null
    union all
    select
        file_version_id,
        row_number,
        reject_reason,
        reject_column
    from staging.product
    where reject_reason is not null
    union all
    select
        file_version_id,
        row_number,
        reject_reason,
        reject_column
    from staging.suppression
    where reject_reason is not null
    union all
    select
        file_version_id,
        row_number,
        reject_reason,
        reject_column
    from staging.contact
    where reject_reason is not null
)

select
    f.source_file,
    r.reject_reason as reason,
    r.reject_column as column_name,
    count(*) as lines,
    min(r.row_number) as first_row
from rejected as r
inner join staging.file as f on r.file_version_id = f.file_version_id
group by f.source_file, r.reject_reason, r.reject_column
order by count(*) desc, f.source_file asc, r.reject_reason asc
limit 5;
