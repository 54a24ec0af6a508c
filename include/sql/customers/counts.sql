-- What the refresh did, for its caller. Flagged accounts and the anonymous customer are not counted as touched.
select
    count(*) filter (where touched and not excluded) as touched,
    count(*) filter (where crossed and not touched) as crossers,
    (select count(*) from customer_changed) as changed,
    (select count(*) from crm.customer_state) as customers
from customer_scope;
