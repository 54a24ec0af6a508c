-- Planned dates whose decisions have not been joined with the orders that were there already: new ones, ones to which a
-- campaign was added by hand, and all of them when the longest window has grown.
-- :window_days  longest window, days
select
    p.business_date,
    p.send_date
from crm.plan as p
left join crm.collected_plan as c on p.business_date = c.business_date
where c.business_date is null or c.decisions <> p.included + p.held_out or c.window_days < :window_days
order by p.business_date
