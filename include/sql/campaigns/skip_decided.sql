-- A candidate is decided once: what an earlier date decided stands, and so does an earlier pass over this one.
-- A dry run looks at the date as if it had not been planned.
-- Parameters: business_date, dry
alter table candidate add primary key (customer_id, due_id);
analyze candidate;

delete from candidate as c
using due as u, crm.decision as d
where
    c.due_id = u.due_id and c.customer_id = d.customer_id
    and d.campaign = u.campaign and d.occasion = u.occasion and d.instance = c.instance and d.wave = u.wave
    and (d.business_date < :business_date or not :dry)
