-- Whom an audience is asked about at the desk: customers of a range of keys, everybody or those of some lists alone.
-- :due_id         number of the occasion
-- :business_date  as known on
-- :low, :high     range of customer ids, both ends included
-- :lists          names of lists; null = everybody
insert into candidate (customer_id, due_id)
select
    c.customer_id,
    :due_id
from crm.customer as c
where
    c.customer_id between cast(:low as bigint) and cast(:high as bigint)
    and c.known_on <= :business_date and not c.is_anonymous
    and (
        cast(:lists as text[]) is null
        or c.customer_id in (
            select m.customer_id
            from crm.customer_list_member as m
            where
                m.list = any(cast(:lists as text[]))
                and m.customer_id between cast(:low as bigint) and cast(:high as bigint)
        )
    )
