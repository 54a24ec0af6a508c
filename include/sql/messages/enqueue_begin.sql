-- Begin to write a campaign's messages: the lock only keeps two runs from making empty batches, the ledger's key makes a
-- second row impossible. Sending hours by customer, none yet. A million messages are sorted in memory. Are there messages of
-- the campaign already?
-- :campaign, :send_date
set local work_mem = '256MB';

select pg_advisory_xact_lock(hashtextextended('crm.message:' || :campaign || ':' || cast(:send_date as text), 0));

create temporary table sending_hours (
    customer_id bigint not null,
    channel text not null,
    opens_at timestamptz not null,
    closes_at timestamptz not null
) on commit drop;

select true as again
from crm.message
where campaign = :campaign and send_date = :send_date
limit 1 -- noqa: AM09
