-- A sample of customers is found by indexes, whatever the planner expects of its temporary tables: counting at the desk must
-- not read all orders. For this transaction alone.
set local enable_seqscan = off;

set local jit = off
