-- What came back from the customer's messages, the oldest first. :customer_id, :message_ids
select
    message_id,
    kind,
    occurred_at,
    machine is not null as by_machine
from crm.response
where customer_id = :customer_id and message_id = any(:message_ids)
order by occurred_at, event_id
