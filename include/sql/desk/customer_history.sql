-- Where the customer stood, from when to when (null: still), the oldest first. :customer_id
select
    valid_from,
    valid_to,
    tier,
    segment,
    stage
from crm.customer_history
where customer_id = :customer_id
order by valid_from
