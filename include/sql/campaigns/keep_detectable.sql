-- Keep what a campaign could show, as told before the send.
-- Parameters: business_date, send_date, found (json: rows of the table)
insert into crm.detectable_effect (
    campaign, occasion, wave, send_date, business_date, goal, window_days, eligible, baseline_rate, baseline, holdout, effect,
    worthwhile_lift, proposed_holdout, occasions_to_pool
)
select
    f.campaign,
    f.occasion,
    f.wave,
    cast(:send_date as date) as send_date,
    cast(:business_date as date) as business_date,
    f.goal,
    f.window_days,
    f.eligible,
    f.baseline_rate,
    f.baseline,
    f.holdout,
    f.effect,
    f.worthwhile_lift,
    f.proposed_holdout,
    f.occasions_to_pool
from
    json_to_recordset(cast(:found as json))
        as f (
            campaign text, occasion text, wave text, goal text, window_days integer, eligible bigint, baseline_rate double precision,
            baseline text, holdout double precision, effect double precision, worthwhile_lift double precision,
            proposed_holdout double precision, occasions_to_pool integer
        )
on conflict (campaign, occasion, wave, send_date) do nothing
