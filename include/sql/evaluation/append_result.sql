-- A new version of a result. Nothing ever updates or deletes one.
insert into crm.result (
    campaign, kind, occasion, wave, period, goal, window_days, version, is_primary, status,
    treated, control, treated_converted, control_converted, treated_rate, control_rate,
    difference, low, high, p_value, naive_revenue, incremental_revenue, revenue_low, revenue_high, revenue_cap,
    revenue_uncapped, uncapped_reliable, sample_ratio_p, as_of, reason
) values (
    :campaign, :kind, :occasion, :wave, :period, :goal, :window_days, :version, :is_primary, :status,
    :treated, :control, :treated_converted, :control_converted, :treated_rate, :control_rate,
    :difference, :low, :high, :p_value, :naive_revenue, :incremental_revenue, :revenue_low, :revenue_high, :revenue_cap,
    :revenue_uncapped, :uncapped_reliable, :sample_ratio_p, :as_of, :reason
)
