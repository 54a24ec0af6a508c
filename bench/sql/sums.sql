-- Sums over all customers, the same in both databases if both computed the same (recency moves with the day, and is kept
-- as of the day on which a customer was last computed: its date is compared instead).
select
    count(*) as customers, sum(order_count) as orders, sum(net_revenue) as net_revenue, sum(frequency) as frequency,
    sum(monetary) as monetary, sum(recency_score) as r, sum(frequency_score) as f, sum(monetary_score) as m,
    count(*) filter (where segment = 'important_value') as important_value,
    count(*) filter (where stage = 'lapsing') as lapsing, min(first_order_on) as first, max(last_order_on) as last
from customer_state
