-- What became of the delivery's rows, by kind of file.
select
    v.kind,
    sum(v.lines_read)::bigint as lines_read,
    sum(v.lines_published)::bigint as lines_published,
    sum(v.lines_unchanged)::bigint as unchanged,
    sum(v.lines_superseded)::bigint as superseded,
    sum(v.lines_rejected)::bigint as rejected
from crm.file_version as v
where v.file_version_id in (select f.file_version_id from staging.file as f)
group by v.kind
order by v.kind;
