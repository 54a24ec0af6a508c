-- Customers without any fact have no state.
delete from customer_measure
where facts = 0;
analyze customer_measure (customer_id);
