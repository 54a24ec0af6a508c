-- How many replies to SMS wait for a person. No parameters.
select count(*) as replies
from crm.reply
where verdict is null
