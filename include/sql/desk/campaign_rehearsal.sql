-- What a dry run found; no row: it has not ended, or it was too long ago.
-- :campaign, :run_id
select
    business_date,
    found
from crm.rehearsal
where campaign = :campaign and run_id = :run_id
