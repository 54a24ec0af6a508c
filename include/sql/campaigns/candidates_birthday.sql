-- Which customers have an occasion on this send date? Those whose birthday is kept on the occasion's date.
-- Which days those are (29 February, lunar calendar) is said in Python. A lunar birthday can come twice in a solar year:
-- the lunar year is its instance. Month and day as one number, 1231, are what the index of crm.customer_profile is on.
-- Parameters: due_id, business_date, solar_days, lunar_days (1231), lunar_year
insert into candidate (customer_id, due_id, instance)
select
    p.customer_id,
    :due_id,
    case when p.birthday_calendar = 'lunar' then 'lunar-' || cast(:lunar_year as integer) else '' end as instance
from crm.customer_profile as p
inner join crm.customer as c on p.customer_id = c.customer_id
where
    p.birthday is not null
    and extract(month from p.birthday) * 100 + extract(day from p.birthday)
    = any(cast(:solar_days as numeric[]) || cast(:lunar_days as numeric[]))
    and crm.is_known(p.valid_from, p.valid_to, :business_date)
    and not c.is_anonymous
    and extract(month from p.birthday) * 100 + extract(day from p.birthday) = any(
        case when p.birthday_calendar = 'lunar' then cast(:lunar_days as numeric[]) else cast(:solar_days as numeric[]) end
    )
