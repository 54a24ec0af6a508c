-- What became of every order line that was read and published.
-- lines_read = lines_published + unchanged + superseded + rejected; rejected is counted once, by first reason.
with files as (
    select
        file_version_id,
        lines_read,
        lines_published,
        lines_unchanged,
        lines_superseded
    from crm.file_version
    where kind = 'orders' and status = 'published'
),

rejected as (
    select
        r.reason,
        count(*) as lines
    from crm.rejected_row as r
    where r.file_version_id in (select f.file_version_id from files as f)
    group by r.reason
),

dates as (
    select
        min(business_date) as first_business_date,
        max(business_date) as last_business_date
    from crm.delivery
)

select
    cast(dates.first_business_date as text) as first_business_date,
    cast(dates.last_business_date as text) as last_business_date,
    cast(coalesce(sum(files.lines_read), 0) as bigint) as lines_read,
    cast(coalesce(sum(files.lines_published), 0) as bigint) as lines_published,
    cast(coalesce(sum(files.lines_unchanged), 0) as bigint) as unchanged,
    cast(coalesce(sum(files.lines_superseded), 0) as bigint) as superseded,
    (select coalesce(jsonb_object_agg(rejected.reason, rejected.lines), '{}') from rejected) as rejected
from dates
left join files on true
group by dates.first_business_date, dates.last_business_date;
