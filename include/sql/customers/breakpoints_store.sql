-- Keep the breakpoints that were just calibrated.
-- :as_of  :method  :window_days
delete from crm.rfm_breakpoints
where calibrated_on = :as_of;
insert into crm.rfm_breakpoints (calibrated_on, measure, score, upper_bound, method, window_days, buyers)
select
    :as_of,
    measure,
    score,
    upper_bound,
    :method,
    cast(:window_days as integer) as window_days,
    buyers
from rfm_bound;
