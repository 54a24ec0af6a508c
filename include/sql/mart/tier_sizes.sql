-- Makes mart.tier_sizes from crm.standing_size.
create or replace view mart.tier_sizes as
select
    as_of,
    value as tier,
    customers,
    round(customers / nullif(sum(customers) over (partition by as_of), 0), 6) as share,
    net_revenue,
    as_of = max(as_of) over () as is_latest
from crm.standing_size
where dimension = 'tier';

comment on view mart.tier_sizes is 'One row per member tier and business date that was counted, from evaluate_campaigns'' first run on (key: as_of, tier). Sum it over tiers, never over dates.';
comment on column mart.tier_sizes.as_of is 'Business date, as of its end.';
comment on column mart.tier_sizes.tier is 'Member tier (business settings).';
comment on column mart.tier_sizes.customers is 'Buyers in it.';
comment on column mart.tier_sizes.share is 'Share of the buyers of the date, 0 to 1.';
comment on column mart.tier_sizes.net_revenue is 'What they ever paid by then, net of refunds; reporting currency.';
comment on column mart.tier_sizes.is_latest is 'The latest date that was counted.';
