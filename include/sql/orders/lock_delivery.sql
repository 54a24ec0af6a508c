-- Whose delivery is staged; held against the next one until the transaction ends.
select cast(delivery_id as text) as delivery_id
from staging.delivery
for update;
