-- Staged campaigns that are called as one of this installation: their results would mix. No parameters.
select distinct p.campaign
from staged_person as p
where
    exists (select from crm.declaration as d where d.campaign = p.campaign)
    or exists (select from crm.result as r where r.campaign = p.campaign and r.kind <> 'imported')
order by p.campaign
