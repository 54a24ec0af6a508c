-- The business date whose customers an audience can be asked about: that of the latest refresh.
select max(as_of) as as_of
from crm.refresh
