-- What was settled, written to the delivery's refunds and to the stored versions that it ends or confirms.
update staging.refund as r
set outcome = s.outcome, stored = s.stored, known_until = s.known_until, confirmed_on = s.confirmed_on
from staging.settled as s
where s.kind = 'refund' and s.is_new and r.refund_key = s.key and r.file_version_id = s.file_version_id;

update crm.refund as r
set known_until = s.known_until, confirmed_on = s.confirmed_on
from (select * from staging.settled where kind = 'refund' and not is_new) as s
where r.customer_id = s.customer_id and r.refund_key = s.key and r.file_version_id = s.file_version_id;
