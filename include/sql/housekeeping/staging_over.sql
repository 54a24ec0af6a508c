-- Files of the staged delivery, where all of them were published or refused before an instant. Until the transaction ends no
-- delivery comes in; where one is coming in, this waits a few seconds, then fails.
-- :before
set local lock_timeout = '5s';

lock table staging.delivery in access exclusive mode;

select count(*)
from staging.file
where
    (
        select bool_and(f.status <> 'staged' and f.arrived_at < :before)
        from staging.file as s
        inner join crm.file_version as f on s.file_version_id = f.file_version_id
    )
