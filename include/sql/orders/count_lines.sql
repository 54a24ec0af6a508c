-- What became of every row, once: published, unchanged, superseded or rejected. A row is published if anything it says is.
with refunds_beside as (
    select
        file_version_id,
        order_key,
        bool_or(outcome = 'published') as published,
        bool_or(outcome = 'superseded') as superseded
    from staging.refund
    where not own_row
    group by file_version_id, order_key
),

order_rows as (
    select
        o.file_version_id,
        o.line_count as lines,
        case
            when o.outcome = 'published' or r.published then 'published'
            when o.outcome = 'superseded' or r.superseded then 'superseded'
            else 'unchanged'
        end as outcome
    from staging.orders as o
    left join refunds_beside as r on o.file_version_id = r.file_version_id and o.order_key = r.order_key
),

refund_rows as (
    select
        l.file_version_id,
        count(*) as lines,
        -- A refund of nothing that nothing is known of says nothing.
        coalesce(r.outcome, 'unchanged') as outcome
    from staging.order_line as l
    left join staging.refund as r on l.file_version_id = r.file_version_id and l.row_number = r.row_number
    where l.reject_reason is null and l.amount is null
    group by l.file_version_id, coalesce(r.outcome, 'unchanged')
),

settled_rows as (
    select
        file_version_id,
        row_number,
        min(case outcome when 'published' then 1 when 'superseded' then 2 else 3 end) as outcome
    from staging.settled
    where kind not in ('order', 'refund') and is_new
    group by file_version_id, row_number
),

-- Of several rows of one customer or product only the last one speaks; the others are superseded. A suppression or
-- contact that was not added was known.
other_rows as (
    select
        r.file_version_id,
        count(*) as lines,
        case coalesce(s.outcome, r.silent) when 1 then 'published' when 2 then 'superseded' else 'unchanged' end as outcome
    from (
        select
            file_version_id,
            row_number,
            2 as silent
        from staging.customer where reject_reason is null
        union all
        select
            file_version_id,
            row_number,
            2 as silent
        from staging.product where reject_reason is null
        union all
        select
            file_version_id,
            row_number,
            3 as silent
        from staging.suppression where reject_reason is null
        union all
        select
            file_version_id,
            row_number,
            3 as silent
        from staging.contact where reject_reason is null
    ) as r
    left join settled_rows as s on r.file_version_id = s.file_version_id and r.row_number = s.row_number
    group by r.file_version_id, coalesce(s.outcome, r.silent)
),

counted as (
    select
        file_version_id,
        sum(lines) filter (where outcome = 'published') as published,
        sum(lines) filter (where outcome = 'unchanged') as unchanged,
        sum(lines) filter (where outcome = 'superseded') as superseded
    from (
        select * from order_rows
        union all
        select * from refund_rows
        union all
        select * from other_rows
    ) as every_row
    group by file_version_id
),

rejected as (
    select
        file_version_id,
        count(*) as lines
    from crm.rejected_row
    where file_version_id in (select f.file_version_id from staging.file as f)
    group by file_version_id
)

update crm.file_version as v
set
    status = 'published',
    lines_published = coalesce(c.published, 0),
    lines_unchanged = coalesce(c.unchanged, 0),
    lines_superseded = coalesce(c.superseded, 0),
    lines_rejected = coalesce(r.lines, 0)
from staging.file as f
left join counted as c on f.file_version_id = c.file_version_id
left join rejected as r on f.file_version_id = r.file_version_id
where v.file_version_id = f.file_version_id;
