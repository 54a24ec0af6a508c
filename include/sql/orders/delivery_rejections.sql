-- Why rows of the delivery were set aside, by kind of file.
select
    v.kind,
    r.reason,
    count(*) as lines
from crm.rejected_row as r
inner join crm.file_version as v on r.file_version_id = v.file_version_id
where v.file_version_id in (select f.file_version_id from staging.file as f)
group by v.kind, r.reason
order by v.kind, r.reason;
