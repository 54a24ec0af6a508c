-- Sums over a million customers stay in memory and use the machine's processors; what is compiled for one statement takes
-- longer than it saves. To be said at the beginning of an evaluation's transaction. No parameters.
set local temp_buffers = '256MB';

set local work_mem = '256MB';
set local max_parallel_workers_per_gather = 4;

set local jit = off
