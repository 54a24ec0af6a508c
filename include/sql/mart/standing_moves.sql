-- Makes mart.standing_moves from crm.segment, crm.standing_move.
create or replace view mart.standing_moves as
select
    move.dimension,
    move.days,
    move.from_value,
    move.to_value,
    coalesce(
        was.label_en, case move.from_value when 'new' then 'New' when 'none' then 'Without scores' else move.from_value end
    ) as from_label_en,
    coalesce(
        was.label_zh, case move.from_value when 'new' then '新客户' when 'none' then '未评分客户' else move.from_value end
    ) as from_label_zh,
    coalesce(is_now.label_en, case move.to_value when 'none' then 'Without scores' else move.to_value end) as to_label_en,
    coalesce(is_now.label_zh, case move.to_value when 'none' then '未评分客户' else move.to_value end) as to_label_zh,
    move.from_value <> move.to_value as moved,
    move.customers,
    round(
        move.customers
        / nullif(sum(move.customers) over (partition by move.dimension, move.days, move.from_value), 0), 6
    ) as share,
    move.as_of
from crm.standing_move as move
left join crm.segment as was
    on move.dimension = 'segment' and move.from_value = was.segment
left join crm.segment as is_now
    on move.dimension = 'segment' and move.to_value = is_now.segment;

comment on view mart.standing_moves is 'Where the buyers of the latest count stood some days before, and where they stand (key: dimension, days, from_value, to_value). A period that began before the first refresh has no rows. Other periods: mart.customer_history.';
comment on column mart.standing_moves.dimension is 'segment or tier.';
comment on column mart.standing_moves.days is 'Length of the period, 7, 30 or 90; it ends with as_of. Choose one.';
comment on column mart.standing_moves.from_value is 'Segment or tier then; new: not a buyer yet, none: without scores.';
comment on column mart.standing_moves.to_value is 'Segment or tier at as_of; none: without scores.';
comment on column mart.standing_moves.from_label_en is 'English label of from_value; of a tier its name.';
comment on column mart.standing_moves.from_label_zh is 'Chinese label of from_value; of a tier its name.';
comment on column mart.standing_moves.to_label_en is 'English label of to_value; of a tier its name.';
comment on column mart.standing_moves.to_label_zh is 'Chinese label of to_value; of a tier its name.';
comment on column mart.standing_moves.moved is 'False: they stayed.';
comment on column mart.standing_moves.customers is 'Customers.';
comment on column mart.standing_moves.share is 'Share of those who stood at from_value then, 0 to 1.';
comment on column mart.standing_moves.as_of is 'Business date, as of its end.';
