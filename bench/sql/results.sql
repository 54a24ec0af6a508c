-- Per window: customers and who of them bought, by arm, and the revenue of the treated.
select
    window_days, treated, control, treated_converted, control_converted, cast(naive_revenue as double precision)
from crm.result
where dimension = 'all' and goal = 'any_order'
order by window_days
