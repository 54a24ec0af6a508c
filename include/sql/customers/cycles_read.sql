-- The shop's cycle of an earlier calibration: stages read it.
-- :cycles_on  its date
insert into cycle
select
    level,
    item_key,
    cycle_days,
    intervals,
    open_intervals,
    customers,
    repeat_share,
    expected_value,
    own_cycle_days,
    borrowed_cycle_days,
    borrowed_intervals,
    own_weight
from crm.repurchase_cycle
where calibrated_on = :cycles_on and level = 'shop';
