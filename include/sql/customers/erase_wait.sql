-- Wait for the delivery that is being staged or published, and hold the next one back until the erasure has ended: so
-- either the delivery sees the erasure, or the erasure sees its rows. The lock is on the table too, where it is empty.
-- No parameters.
select delivery_id
from staging.delivery
for update
