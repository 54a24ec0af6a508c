-- Buyers of the benchmark come back to a category too seldom for a cycle: they are given one, so that items come due.
update crm.repurchase_cycle set cycle_days = 60, intervals = 1000, repeat_share = 1 where level = 'category';
