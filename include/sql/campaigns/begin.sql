-- The temporary tables of a pass over a million candidates stay in memory; to be said before the first of them.
set local temp_buffers = '256MB'
