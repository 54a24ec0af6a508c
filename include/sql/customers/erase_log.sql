-- That it was done, by whom and how much: the first request stands, a repeated one adds what it still found.
-- :customer_id, :requested_by, :now, :erased (json: what -> rows)
with counted as (
    select
        told.key as what,
        cast(told.value as bigint) as number
    from jsonb_each_text(cast(:erased as jsonb)) as told
    union all
    select
        was.key,
        cast(was.value as bigint) as number
    from crm.erasure as e
    cross join lateral jsonb_each_text(e.erased) as was
    where e.customer_id = :customer_id
),

summed as (
    select
        what,
        sum(number) as number
    from counted
    group by what
)

insert into crm.erasure (customer_id, requested_by, requested_at, erased)
select
    cast(:customer_id as bigint) as person,
    cast(:requested_by as text) as operator,
    cast(:now as timestamptz) as requested_at,
    jsonb_object_agg(what, number) as erased
from summed
on conflict (customer_id) do update
    set erased = excluded.erased
