-- What was held goes on: its reasons stay to be read.
-- :business_date, :campaign ('' = all that are due), :now (the run's clock)
update crm.hold
set ended_at = :now, outcome = 'planned'
where business_date = :business_date and campaign = :campaign and ended_at is null
