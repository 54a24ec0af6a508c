-- Whether and when the customer was erased, and what went. :customer_id
select
    requested_by,
    requested_at,
    erased,
    files_removed_at,
    files_removed
from crm.erasure
where customer_id = :customer_id
