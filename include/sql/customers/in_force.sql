-- Calibrations in force on a date: the latest of the last :every_days days, and the settings of the last refresh.
-- :as_of  business date    :every_days  how long a calibration is used
select
    (
        select max(calibrated_on) from crm.rfm_breakpoints
        where calibrated_on <= :as_of and calibrated_on > cast(:as_of as date) - cast(:every_days as integer)
    ) as breakpoints_on,
    (
        select max(calibrated_on) from crm.repurchase_cycle
        where calibrated_on <= :as_of and calibrated_on > cast(:as_of as date) - cast(:every_days as integer)
    ) as cycles_on,
    (
        select settings from crm.refresh
        order by as_of desc
        limit 1
    ) as settings;
