-- Whoever lost the last purchase (a correction, a whole refund) has an earlier last one: the window before that may
-- reach behind base_through. Such customers, and those of whom something folded changed, are read again from their
-- first order on. Returns how many.
with measured as (
    delete from customer_pending
),

short as (
    delete from customer_measure as measure
    using customer_scope as scope
    where
        measure.customer_id = scope.customer_id and scope.reads and scope.read_after > '-infinity'
        and (measure.is_stale or measure.last_order_on is null or measure.last_order_on < scope.last_order_on)
    returning measure.customer_id
)

insert into customer_pending
select
    customer_id,
    cast(null as date) as changed_from,
    '-infinity' as read_after,
    0 as base_order_count,
    0 as base_net_revenue,
    cast(null as date) as base_first_order_on
from short;
