-- Who moved from where to where.
-- :days  length of the period
select
    m.dimension,
    m.from_value,
    m.to_value,
    m.customers
from crm.standing_move as m
where m.days = :days
