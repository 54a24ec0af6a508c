-- Messages that are still to be sent.
select count(*) as messages
from crm.message
where status in ('planned', 'claimed');
