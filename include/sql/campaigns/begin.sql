-- The temporary tables of a pass over a million candidates stay in memory, and so do its joins; to be said before the first
-- of them.
set local temp_buffers = '1GB';

set local work_mem = '256MB'
