-- Customers whose sex is (wanted) or is not among those listed, by their profile of the business date.
-- Parameters: scope, number, business_date, listed, wanted
insert into found (number, customer_id)
select
    :number,
    p.customer_id
from crm.customer_profile as p
where
    p.customer_id in (select f.customer_id from found as f where f.number = :scope)
    and crm.is_known(p.valid_from, p.valid_to, :business_date)
    and (p.sex = any(cast(:listed as text[]))) = :wanted
