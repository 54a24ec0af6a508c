-- Messages of the last send dates that failed, or of which nobody knows whether they went out.
-- :since  first send date that counts
select
    campaign,
    send_date,
    channel,
    status,
    reason,
    messages
from crm.message_failure
where send_date >= :since
order by send_date desc, messages desc, campaign asc
