-- Batches of which messages were released for another attempt.
-- :released (json: batch -> messages)
update crm.message_batch as b
set
    status = 'planned',
    taken = greatest(0, b.taken - cast(r.value as integer)),
    handed_over_at = null,
    claimed_by = null
from json_each_text(cast(:released as json)) as r
where b.batch_id = cast(r.key as bigint)
