-- Rows that the asked-for dates do not cover are set aside: load a wider range to take them in.
-- Their content stays in the file: a large file must not be copied into the table of rejected rows.
with outside as (
    select
        o.file_version_id,
        o.order_key
    from staging.orders as o
    inner join staging.file as f on o.file_version_id = f.file_version_id
    where f.by_row and (o.ordered_on > f.business_date or o.ordered_on < f.from_date)
),

gone as (
    delete from staging.orders as o
    using outside as x
    where o.file_version_id = x.file_version_id and o.order_key = x.order_key
    returning o.file_version_id, o.order_id
),

refunds_outside as (
    delete from staging.refund as r
    using staging.file as f
    where
        r.file_version_id = f.file_version_id and f.by_row and (
            (r.own_row and (r.refunded_on > f.business_date or r.refunded_on < f.from_date))
            or (not r.own_row and (r.file_version_id, r.order_key) in (select
                x.file_version_id,
                x.order_key
            from outside as x))
        )
    returning r.file_version_id, r.row_number, r.own_row
)

update staging.order_line as l
set reject_reason = 'outside_range', raw = '{}'
from staging.file as f
where
    l.file_version_id = f.file_version_id and l.reject_reason is null and (
        (
            l.amount is not null and (l.file_version_id, l.order_id)
            in (select
                g.file_version_id,
                g.order_id
            from gone as g)
        )
        or (l.file_version_id, l.row_number) in (select
            r.file_version_id,
            r.row_number
        from refunds_outside as r where r.own_row)
    );
