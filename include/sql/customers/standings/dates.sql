-- The latest refresh and the first: before the first no history was kept, so no movement can be told.
select
    max(as_of) as as_of,
    min(as_of) as first_on
from crm.refresh
