-- What was settled, written to the delivery's orders and to the stored versions that it ends or confirms.
update staging.orders as o
set outcome = s.outcome, stored = s.stored, known_until = s.known_until, confirmed_on = s.confirmed_on
from staging.settled as s
where s.kind = 'order' and s.is_new and o.order_key = s.key and o.file_version_id = s.file_version_id;

update crm.orders as o
set known_until = s.known_until, confirmed_on = s.confirmed_on
from (select * from staging.settled where kind = 'order' and not is_new) as s
where o.customer_id = s.customer_id and o.order_key = s.key and o.file_version_id = s.file_version_id;
