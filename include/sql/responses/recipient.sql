-- What the unsubscribe page needs to know of the message in its link.
-- :message_id
select
    channel,
    locale
from crm.message
where message_id = :message_id
