-- Views of somebody else that read ours of the schema mart. Reads the catalogue.
-- :views  names of ours
select distinct n.nspname || '.' || c.relname as name
from pg_depend as d
inner join pg_rewrite as r on d.objid = r.oid and d.classid = cast('pg_rewrite' as regclass)
inner join pg_class as c on r.ev_class = c.oid
inner join pg_namespace as n on c.relnamespace = n.oid
inner join pg_class as o on d.refobjid = o.oid and d.refclassid = cast('pg_class' as regclass)
where
    o.relnamespace = cast('mart' as regnamespace) and o.relname = any(cast(:views as text[]))
    and not (n.nspname = 'mart' and c.relname = any(cast(:views as text[])))
order by name
