-- Customers with a tag that has one of the values; without values: with the tag, unless it says false.
-- Parameters: scope, number, business_date, tag, listed (lower case, or null)
insert into found (number, customer_id)
select
    :number,
    p.customer_id
from crm.customer_profile as p
where
    p.customer_id in (select f.customer_id from found as f where f.number = :scope)
    and crm.is_known(p.valid_from, p.valid_to, :business_date)
    and exists (
        select
        from jsonb_path_query(p.tags -> :tag, '$[*]') as t (value)
        where
            lower(t.value #>> '{}') = any(cast(:listed as text[]))
            or (cast(:listed as text[]) is null and t.value not in ('null', 'false'))
    )
