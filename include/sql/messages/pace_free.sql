-- When a provider with a rate may be given its next batch; the row is locked until the claim is committed, so that all runs
-- together keep the rate.
-- :provider, :now
insert into crm.sending_pace (provider, free_at)
values (:provider, :now)
on conflict (provider) do nothing;

select free_at
from crm.sending_pace
where provider = :provider
for update
