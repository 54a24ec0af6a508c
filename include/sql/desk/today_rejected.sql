-- Rows of the last days that were set aside and not mended since, by file and first reason.
-- :due, :days  business dates that count, :due the last of them
select
    f.business_date,
    f.shop,
    f.source_file,
    r.reason,
    r.column_name,
    count(*) as lines
from crm.file_version as f
inner join crm.rejected_row as r on f.file_version_id = r.file_version_id
where
    f.business_date > cast(:due as date) - cast(:days as integer)
    and f.business_date <= cast(:due as date)
    and r.replayed_by is null
group by f.business_date, f.shop, f.source_file, r.reason, r.column_name
order by f.business_date desc, f.shop asc, f.source_file asc, lines desc, r.reason asc
