-- Why the gate holds a date: for this campaign started by hand, or for all that are due.
-- :campaign, :business_date
select
    campaign,
    since,
    reasons,
    outcome
from crm.hold
where business_date = :business_date and campaign in ('', :campaign)
order by campaign desc
