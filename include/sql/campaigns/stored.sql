-- What is decided on a date, whichever pass it was, for the summary.
-- Parameters: business_date
drop view if exists decided;

create temporary view decided as
select
    campaign,
    kind,
    occasion,
    wave,
    send_date,
    priority,
    decision,
    reason
from crm.decision
where business_date = :business_date
