-- What was decided on a business date already: no row before the first pass.
-- Parameters: business_date
select
    p.whole,
    (
        select coalesce(jsonb_object_agg(d.campaign, d.body), '{}')
        from crm.declaration as d
        where d.declaration_hash = any(p.declarations)
    ) as declarations
from crm.plan as p
where p.business_date = :business_date
