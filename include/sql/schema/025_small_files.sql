-- What Great Expectations looks at: a bad row or two of a small file (the total below its table) do not refuse a day, and
-- a file that serves many dates is not said to be of earlier ones.
create or replace view staging.checked_file as
select
    source_file,
    kind,
    lines_read,
    lines_rejected,
    lines_read > lines_rejected or declared_empty or kind <> 'orders' as has_rows,
    lines_rejected::numeric / greatest(lines_read, 1) as rejected_share,
    case
        when lines_rejected >= 3 or lines_rejected * 2 > lines_read
            then lines_rejected::numeric / greatest(lines_read, 1)
        else 0
    end as blocking_rejected_share
from staging.file;
comment on view staging.checked_file is 'Files as include/expectations/files.yaml checks them.';
comment on column staging.checked_file.blocking_rejected_share is 'Share of rows that were set aside, where they are at least 3 or more than half; else 0.';

create or replace view staging.checked_order_line as
select
    f.source_file,
    l.customer,
    l.quantity,
    l.amount,
    l.currency,
    l.refund_amount,
    case when l.amount is not null then coalesce(l.status, '') end as status,
    case
        when l.amount is not null and l.ordered_at is not null then 'line'
        when l.amount is null and l.refund_amount is not null then 'refund'
        else 'nothing'
    end as row_is,
    f.by_row or coalesce(l.ordered_at, l.refunded_at) < f.ends_at as by_end_of_business_date,
    f.by_row or coalesce(l.ordered_at, l.refunded_at) >= f.ends_at - interval '1 day' as on_business_date
from staging.order_line as l
inner join staging.file as f on l.file_version_id = f.file_version_id
where l.reject_reason is null;
