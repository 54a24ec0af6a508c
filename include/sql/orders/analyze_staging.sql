-- The planner must know what was staged: without it, millions of rows are joined as if they were a handful.
analyze staging.file, staging.order_line, staging.customer, staging.product, staging.suppression, staging.contact;
