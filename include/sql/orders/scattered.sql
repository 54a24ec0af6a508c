-- Orders of a staged file whose rows do not follow each other: what stands in an order's first row alone, or is spread over
-- its rows, would be that of a part of it.
-- :file_version_id
with told as (
    select
        order_id,
        row_number,
        order_id <> coalesce(lag(order_id) over (order by row_number), '') as begins
    from staging.order_line
    where file_version_id = :file_version_id and order_id is not null
),

apart as (
    select
        order_id,
        min(row_number) as first_row,
        max(row_number) as last_row
    from told
    group by order_id
    having count(*) filter (where begins) > 1
)

select
    count(*) as orders,
    (array_agg(first_row order by first_row))[1] as first_row,
    (array_agg(last_row order by first_row))[1] as last_row
from apart;
