-- Who got a message, by the id that its links and files carry. :message_id
select customer_id
from crm.message
where message_id = :message_id
