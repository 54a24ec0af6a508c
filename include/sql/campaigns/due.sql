-- One occasion that is due. An epoch that has begun keeps the salt, share and variants that it began with.
-- Parameters: due_id and the columns of due; salt, holdout and variants as declared
insert into due
select
    :due_id,
    :campaign,
    :kind,
    :occasion,
    :wave,
    :occasion_date,
    :priority,
    :epoch,
    coalesce(e.salt, :salt) as salt,
    coalesce(e.holdout, :holdout) as holdout,
    coalesce(e.variants, cast(:variants as text[])) as variants,
    cast(:channels as text[]) as channels,
    :goal,
    :goal_item,
    cast(:offer as jsonb) as offer,
    :coupon_cost,
    :send_at,
    :send_by,
    :gap_days,
    :active_within_days,
    :declaration_hash
from (select 1) as one
left join crm.epoch as e on e.campaign = :campaign and e.epoch = :epoch
