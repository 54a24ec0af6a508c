-- New versions of what variants are worth against each other. Nothing ever updates or deletes one.
-- :results  JSON array of objects, a key per column of crm.variant_result
insert into crm.variant_result
select r.*
from jsonb_populate_recordset(cast(null as crm.variant_result), cast(:results as jsonb)) as r
