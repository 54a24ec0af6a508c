-- One occasion that is due. An epoch that has begun keeps the salt, share and variants that it began with.
-- Parameters: business_date, due_id and the columns of due; salt, holdout and variants as declared; price of the goods, by
-- default the list price of the goal's product
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
    :direction,
    :full_price_days,
    coalesce(
        cast(:price as numeric),
        (
            select max(p.list_price)
            from crm.product as p
            where
                :goal = 'product' and :goal_item in (p.external_id, cast(p.product_id as text))
                and crm.is_known(p.valid_from, p.valid_to, :business_date)
        )
    ) as price,
    :window_days,
    :active_within_days,
    :prospects,
    :declaration_hash
from (select 1) as one
left join crm.epoch as e on e.campaign = :campaign and e.epoch = :epoch
