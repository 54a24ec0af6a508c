-- How far each step after the orders has come.
select
    (select max(r.as_of) from crm.refresh as r) as refreshed,
    (select max(p.business_date) from crm.plan as p) as planned,
    (select max(e.as_of) from crm.evaluation as e) as evaluated
