-- Counts of the warehouse, printed beside the ratios.
select
    (select count(*) from crm.order_line) as lines,
    (select count(*) from crm.orders) as orders,
    (select count(*) from crm.customer_state) as customers,
    (select count(*) from crm.customer_history) as history_rows,
    pg_database_size(current_database()) / 1024 / 1024 as megabytes
