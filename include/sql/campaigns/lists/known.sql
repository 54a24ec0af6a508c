-- Those of the named lists that were uploaded, whatever their version.
-- Parameters: listed
select distinct list
from crm.customer_list
where list = any(cast(:listed as text[]))
