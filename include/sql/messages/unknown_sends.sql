-- Campaigns of the last send dates with messages of which nobody knows whether they went out.
-- :since (send date)
select distinct
    campaign,
    send_date
from crm.message_failure
where send_date >= :since and status = 'unknown' and reason in ('owner_died', 'no_outcome', 'no_answer')
order by send_date, campaign
