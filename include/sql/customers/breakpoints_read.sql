-- Breakpoints of an earlier calibration.
-- :breakpoints_on  its date    :best  highest or lowest score is best
insert into rfm_bound
select
    measure,
    -- by size; of equal bounds the better-filled bucket first, as when they were calibrated
    row_number() over (
        partition by measure
        order by
            upper_bound nulls last,
            case when (measure = 'recency') = (cast(:best as text) = 'highest') then -score else score end
    ) as bucket,
    score,
    upper_bound,
    buyers
from crm.rfm_breakpoints
where calibrated_on = :breakpoints_on;
