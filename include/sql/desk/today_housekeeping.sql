-- The latest housekeeping: as of which business date its periods were counted, and what it removed, rows and files; and since
-- when campaigns are decided, for a shop that never had one. Nulls where there is neither.
select
    max(h.business_date) as ran_for,
    cast(sum(h.removed) as bigint) as removed,
    (select min(p.business_date) from crm.plan as p where p.mode = 'live') as decided_since
from crm.housekeeping as h
where h.business_date = (select max(latest.business_date) from crm.housekeeping as latest)
