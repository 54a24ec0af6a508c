-- Campaigns that were decided on the business dates :first_date to :last_date: each has a run of its own to come.
select distinct
    campaign,
    cast(business_date as text) as business_date
from crm.decision
where business_date between cast(:first_date as date) and cast(:last_date as date)
order by business_date, campaign;
