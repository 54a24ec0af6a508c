-- Refunds above the revenue they are taken off, once all numbers are known to be numbers: the first row and how many. No
-- parameters.
select
    'outcomes.' || o.number || '.refunds' as key,
    'above_revenue' as problem,
    min(o.row_number) as row_number,
    count(*) as problems
from staged_outcome as o
where cast(o.refunds as numeric) > coalesce(cast(o.revenue as numeric), 0)
group by o.number
order by o.number
