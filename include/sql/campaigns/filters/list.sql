-- Customers who are on one of the uploaded lists, by the version of each that holds for the business date.
-- Parameters: scope, number, business_date, listed
insert into found (number, customer_id)
select distinct
    :number,
    m.customer_id
from crm.customer_list_member as m
inner join crm.customer_list as l on m.list = l.list and m.version = l.version
where
    m.customer_id in (select f.customer_id from found as f where f.number = :scope)
    and l.list = any(cast(:listed as text[]))
    and crm.is_known(coalesce(l.valid_from, '-infinity'), l.valid_to, :business_date)
