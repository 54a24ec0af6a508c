-- What the campaigns of a business date could show, as told then.
-- Parameters: business_date
select
    campaign,
    occasion,
    wave,
    goal,
    window_days,
    eligible,
    baseline_rate,
    baseline,
    holdout,
    effect,
    worthwhile_lift,
    proposed_holdout,
    occasions_to_pool
from crm.detectable_effect
where business_date = :business_date
