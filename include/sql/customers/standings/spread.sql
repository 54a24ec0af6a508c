-- Net revenue to two significant digits: a few hundred rows, from which the customers above any round amount can be counted.
-- :as_of  business date of the latest refresh
delete from crm.revenue_spread;

insert into crm.revenue_spread (from_net_revenue, as_of, customers)
select
    case
        when net_revenue < 0.01 then 0
        else trunc(net_revenue, 1 - cast(floor(log(net_revenue)) as integer))
    end as from_net_revenue,
    cast(:as_of as date) as as_of,
    count(*) as customers
from crm.customer_state
group by 1
