-- The states that were computed for a date of the past, in the columns of crm.customer_state.
-- :as_of  business date
select
    customer_id,
    cast(:as_of as date) as as_of,
    next_change_on,
    first_order_on,
    last_order_on,
    order_count,
    net_revenue,
    average_order_value,
    median_interval_days,
    recency_days,
    frequency,
    monetary,
    recency_score,
    frequency_score,
    monetary_score,
    segment,
    tier,
    stage
from customer_next
order by customer_id
