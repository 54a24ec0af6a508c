-- Keep the repurchase cycles that were just estimated.
-- :as_of  business date
delete from crm.repurchase_cycle
where calibrated_on = :as_of;
insert into crm.repurchase_cycle (
    calibrated_on, level, item_key, cycle_days, intervals, open_intervals, customers, repeat_share, expected_value,
    own_cycle_days, borrowed_cycle_days, borrowed_intervals, own_weight
)
select
    :as_of,
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
from cycle;
