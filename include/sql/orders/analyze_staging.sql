-- The planner must know what was staged: without it, millions of rows are joined as if they were a handful.
analyze
staging.file,
staging.order_line (file_version_id, row_number, order_id, customer, product, amount, refund_amount, reject_reason),
staging.customer (file_version_id, row_number, customer, reject_reason),
staging.product (file_version_id, row_number, product, reject_reason),
staging.suppression (file_version_id, row_number, address),
staging.contact (file_version_id, row_number, address);
