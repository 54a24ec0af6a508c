-- New versions of results. Nothing ever updates or deletes one.
-- :results  JSON array of objects, a key per column of crm.result
insert into crm.result
select r.*
from jsonb_populate_recordset(cast(null as crm.result), cast(:results as jsonb)) as r
