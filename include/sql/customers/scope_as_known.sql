-- Everybody who had a fact as known on a date, read from the first order on: the past needs no state.
-- :as_of  business date
insert into customer_pending
with known as (
    select customer_id from crm.orders where known_on <= :as_of
    union
    select customer_id from crm.refund where known_on <= :as_of
)

select
    known.customer_id,
    cast(null as date) as changed_from,
    '-infinity' as read_after,
    0 as base_order_count,
    0 as base_net_revenue,
    cast(null as date) as base_first_order_on
from known
left join crm.customer as anonymous on known.customer_id = anonymous.customer_id and anonymous.is_anonymous
left join crm.customer_profile as fake
    on
        known.customer_id = fake.customer_id and fake.fake_orders
        and crm.is_known(fake.valid_from, fake.valid_to, :as_of)
where anonymous.customer_id is null and fake.customer_id is null;

analyze customer_pending (customer_id, read_after);
