-- Files of deliveries that came before an instant, whose every version was published.
-- :before
select f.source_file
from crm.file_version as f
group by f.source_file
having bool_and(f.status = 'published' and f.arrived_at < :before)
order by f.source_file
