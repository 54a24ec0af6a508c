-- What the customer agreed to, the newest first. :customer_id
select
    channel,
    granted,
    source,
    valid_from,
    valid_to
from crm.consent
where customer_id = :customer_id
order by valid_from desc, channel asc
