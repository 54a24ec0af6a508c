-- Customers' purchases are put in order, once for all figures; on the disk that takes twice as long. No parameters.
set local work_mem = '128MB'
