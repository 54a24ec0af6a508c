-- A sender changes messages of a batch after it has changed the batch's row; so do we: none waits for the other in a circle.
-- No parameters.
select batch_id
from crm.message_batch
where batch_id in (select k.batch_id from known as k)
order by batch_id
for update
