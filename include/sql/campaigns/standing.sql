-- Where each candidate stood as known on the business date.
-- Parameters: business_date
create temporary table standing on commit drop as
select
    h.customer_id,
    h.segment,
    h.tier,
    h.stage
from crm.customer_history as h
where
    h.customer_id in (select c.customer_id from candidate as c)
    and crm.is_known(h.valid_from, h.valid_to, :business_date);

alter table standing add primary key (customer_id);
analyze standing;
