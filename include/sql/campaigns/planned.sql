-- What was decided on a business date already: no row before the first pass.
-- Parameters: business_date
select
    p.whole,
    (
        select coalesce(jsonb_object_agg(d.campaign, jsonb_build_object('body', d.body, 'calendar', d.calendar)), '{}')
        from crm.declaration as d
        where d.declaration_hash = any(p.declarations)
    ) as declarations
from crm.plan as p
where p.business_date = :business_date
