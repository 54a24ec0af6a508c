-- Empty the staging tables: whoever would publish from them is told to ingest again.
truncate
staging.delivery,
staging.file,
staging.order_line,
staging.customer,
staging.product,
staging.suppression,
staging.contact,
staging.orders,
staging.refund,
staging.version,
staging.settled;
