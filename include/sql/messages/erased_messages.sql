-- The messages of an erased customer, whose files are looked for; and whether a sender has one of them in hand.
-- :customer_id
select
    send_date,
    campaign,
    message_id,
    status = 'claimed' as under_way
from crm.message
where customer_id = :customer_id
