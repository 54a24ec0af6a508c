-- Business dates of a campaign about which a person has answered, and no other question is open: what came of it, and by
-- whom. A question whose time ran out is not among them.
-- :campaign
select
    a.business_date,
    (array_agg(a.outcome order by a.asked_at desc))[1] as outcome,
    (array_agg(a.decided_by order by a.asked_at desc))[1] as decided_by
from crm.approval as a
where a.campaign = :campaign
group by a.business_date
having count(*) filter (where a.outcome is null) = 0 and bool_or(a.outcome in ('approved', 'rejected'))
