-- How many entered a pooled result by which wave, each customer once in an epoch, with its first entry. Reads first_entry
-- (evaluation/entry_pooled). No parameters.
select
    f.occasion,
    f.wave,
    f.send_date,
    count(*) as customers,
    min(f.planned_send_at) as first_send_at,
    max(f.planned_send_at) as last_send_at
from first_entry as f
group by f.occasion, f.wave, f.send_date
order by max(f.planned_send_at), f.occasion, f.wave, f.send_date
