-- Is any order file without a date of its own?
select exists(select from staging.file where kind = 'orders' and by_row) as found;
