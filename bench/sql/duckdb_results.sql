-- The same as results.sql, of DuckDB's cells.
select
    days, sum(customers) filter (where treated)::bigint, sum(customers) filter (where not treated)::bigint,
    sum(bought) filter (where treated)::bigint, sum(bought) filter (where not treated)::bigint,
    sum(revenue) filter (where treated)::double
from cell
group by days
order by days
