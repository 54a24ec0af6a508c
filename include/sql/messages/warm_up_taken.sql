-- Messages of a provider that were taken up on a send date, over all campaigns. The lock keeps two claims from counting the
-- same room.
-- :provider, :send_date
select pg_advisory_xact_lock(hashtextextended('crm.warm_up:' || :provider || ':' || cast(:send_date as text), 0));

select coalesce(sum(taken), 0) as taken
from crm.message_batch
where send_date = :send_date and provider = :provider
