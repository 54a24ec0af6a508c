-- What the occasions of a campaign on a send date can show, as told when they were planned.
-- :campaign, :send_date
select
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
where campaign = :campaign and send_date = :send_date
order by occasion, wave
