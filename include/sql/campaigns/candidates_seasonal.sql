-- Which customers have an occasion on this send date? Those in whose region the season begins in lead_days. A customer
-- follows the table of their own country, else the business's; a region that the table does not list, or that is of a
-- country without a table, belongs to its default group.
-- Parameters: due_id, business_date, home (table of those without one; '' = the declaration's own, for everybody),
-- tables (countries that have one), countries, regions (lower case) and due side by side: every listed region,
-- others_due (tables whose default group is due)
insert into candidate (customer_id, due_id)
with listed as (
    select
        country,
        region,
        is_due
    from unnest(cast(:countries as text[]), cast(:regions as text[]), cast(:due as boolean[])) as l (country, region, is_due)
),

place as (
    select
        c.customer_id,
        case when p.country = any(cast(:tables as text[])) then p.country else :home end as country,
        case
            when :home = '' or coalesce(p.country = any(cast(:tables as text[])), true) then lower(p.region)
        end as region
    from crm.customer as c
    left join crm.customer_profile as p
        on
            c.customer_id = p.customer_id and crm.is_known(p.valid_from, p.valid_to, :business_date)
    where c.known_on <= :business_date and not c.is_anonymous
)

select
    p.customer_id,
    :due_id
from place as p
left join listed as l on p.country = l.country and p.region = l.region
where coalesce(l.is_due, p.country = any(cast(:others_due as text[])))
