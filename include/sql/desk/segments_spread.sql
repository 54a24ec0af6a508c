-- How net revenue is spread: customers who reach each amount of two significant digits.
select
    from_net_revenue,
    cast(sum(customers) over (order by from_net_revenue desc) as bigint) as reach
from crm.revenue_spread
order by from_net_revenue
