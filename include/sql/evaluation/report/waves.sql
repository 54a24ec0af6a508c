-- When what was sent, by month of the send date, so that a report can say until when a window is open.
-- :as_of  business date of the report
select
    campaign,
    occasion,
    wave,
    to_char(send_date, 'YYYY-MM') as month,
    min(send_date) as first_send_date,
    max(send_date) as last_send_date
from crm.collected_wave
where business_date <= :as_of
group by campaign, occasion, wave, to_char(send_date, 'YYYY-MM')
order by campaign, occasion, wave, month
