-- How much there is, and one of the customers with the most orders who got every message.
select
    (select count(*) from crm.customer) as customers,
    (select count(*) from crm.order_line) as lines,
    (select count(*) from crm.message) as messages,
    (select customer_id from crm.customer_state where abs(customer_id %% 5) <> 0 order by order_count desc, customer_id limit 1)
