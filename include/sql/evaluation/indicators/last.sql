-- The latest refresh of the indicators, if there was one.
select
    as_of,
    settings
from crm.indicator_refresh
order by as_of desc
limit 1
