-- Sorting and grouping a day's lines in memory is what publishing spends its time on; the default is for many small queries.
set local work_mem = '192MB';
