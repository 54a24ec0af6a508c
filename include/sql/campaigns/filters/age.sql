-- Customers of an age within a range, in whole years at the end of the business date: by the birthday where its year is known,
-- else as it was delivered. (A lunar birthday is taken as a solar one: it may be some weeks off.)
-- Parameters: scope, number, business_date, within
insert into found (number, customer_id)
select
    :number,
    p.customer_id
from crm.customer_profile as p
where
    p.customer_id in (select f.customer_id from found as f where f.number = :scope)
    and crm.is_known(p.valid_from, p.valid_to, :business_date)
    and coalesce(
        case when p.birthday_has_year then extract(year from age(cast(:business_date as date), p.birthday)) end, p.age
    ) <@ cast(:within as nummultirange)
