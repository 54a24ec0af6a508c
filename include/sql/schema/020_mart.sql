-- What a dashboard asks every minute, as views over the counts that the pipeline keeps: campaigns, decisions, segments and
-- tiers over time. Each reads a few thousand rows, whatever the number of customers.

create view mart.campaigns as
with decided as (
    select
        campaign,
        max(kind) as kind,
        count(distinct occasion) as occasions,
        min(send_date) as first_send_date,
        max(send_date) as last_send_date,
        cast(sum(customers) as bigint) as candidates,
        cast(sum(customers) filter (where decision = 'include') as bigint) as included,
        cast(sum(customers) filter (where decision = 'hold_out') as bigint) as held_out,
        cast(sum(customers) filter (where decision = 'exclude') as bigint) as excluded
    from crm.decision_count
    group by campaign
),

declared as (
    select
        campaign,
        max(kind) as kind,
        count(*) as declarations,
        min(first_used_on) as declared_on
    from crm.declaration
    group by campaign
),

imported as (
    select
        campaign,
        count(*) as occasions
    from mart.imported_campaigns
    group by campaign
),

evaluated as (
    select
        campaign,
        max(as_of) as results_as_of
    from crm.result
    where dimension = 'all'
    group by campaign
),

named as (
    select campaign from decided
    union
    select campaign from declared
    union
    select campaign from imported
)

select
    named.campaign,
    coalesce(declared.kind, decided.kind, 'imported') as kind,
    imported.campaign is not null as is_imported,
    coalesce(declared.declarations, 0) as declarations,
    declared.declared_on,
    coalesce(decided.occasions, 0) + coalesce(imported.occasions, 0) as occasions,
    decided.first_send_date,
    decided.last_send_date,
    coalesce(decided.candidates, 0) as candidates,
    coalesce(decided.included, 0) as included,
    coalesce(decided.held_out, 0) as held_out,
    coalesce(decided.excluded, 0) as excluded,
    evaluated.results_as_of
from named
left join declared
    on named.campaign = declared.campaign
left join decided
    on named.campaign = decided.campaign
left join imported
    on named.campaign = imported.campaign
left join evaluated
    on named.campaign = evaluated.campaign;
comment on view mart.campaigns is 'One row per campaign that was ever planned or imported (key: campaign). Joins everything that has a campaign.';
comment on column mart.campaigns.campaign is 'Campaign.';
comment on column mart.campaigns.kind is 'holiday, birthday, seasonal or repurchase; imported for those that came from a file alone.';
comment on column mart.campaigns.is_imported is 'Past results of it were imported from a file (mart.imported_campaigns).';
comment on column mart.campaigns.declarations is 'Versions of its declaration that plans were made by.';
comment on column mart.campaigns.declared_on is 'First business date planned by it, whether or not it was due.';
comment on column mart.campaigns.occasions is 'Occasions so far, decided or imported; of continuous campaigns the years.';
comment on column mart.campaigns.first_send_date is 'First send date that was decided.';
comment on column mart.campaigns.last_send_date is 'Latest send date that was decided.';
comment on column mart.campaigns.candidates is 'Decisions of all its dates: a customer counts once each time.';
comment on column mart.campaigns.included is 'Of these, to be written to.';
comment on column mart.campaigns.held_out is 'Of these, held out as control.';
comment on column mart.campaigns.excluded is 'Of these, excluded (mart.decision_counts tells why).';
comment on column mart.campaigns.results_as_of is 'Business date of its latest result; null = none yet.';

create view mart.decision_counts as
select
    campaign,
    occasion,
    wave,
    business_date,
    send_date,
    kind,
    decision,
    reason,
    customers
from crm.decision_count;
comment on view mart.decision_counts is 'mart.decisions, counted when they were made (key: campaign, occasion, wave, business_date, decision, reason). Joins mart.campaigns on campaign.';
comment on column mart.decision_counts.campaign is 'Campaign.';
comment on column mart.decision_counts.occasion is 'Dated occasion; for continuous campaigns the year.';
comment on column mart.decision_counts.wave is 'Wave of the campaign.';
comment on column mart.decision_counts.business_date is 'Business date whose data were read.';
comment on column mart.decision_counts.send_date is 'Day on which the messages go out.';
comment on column mart.decision_counts.kind is 'holiday, birthday, seasonal or repurchase.';
comment on column mart.decision_counts.decision is 'include, hold_out (the campaign''s control) or exclude.';
comment on column mart.decision_counts.reason is 'First reason of an exclusion; "" for everybody else.';
comment on column mart.decision_counts.customers is 'Candidates so decided.';

create view mart.segment_sizes as
select
    size.as_of,
    size.value as segment,
    coalesce(segment.label_en, 'Without scores') as label_en,
    coalesce(segment.label_zh, '未评分客户') as label_zh,
    size.customers,
    round(size.customers / nullif(sum(size.customers) over (partition by size.as_of), 0), 6) as share,
    size.net_revenue,
    size.as_of = max(size.as_of) over () as is_latest
from crm.standing_size as size
left join crm.segment as segment
    on size.value = segment.segment
where size.dimension = 'segment';
comment on view mart.segment_sizes is 'One row per RFM segment and business date that was counted, from evaluate_campaigns'' first run on (key: as_of, segment). Sum it over segments, never over dates. Joins mart.rfm_segments on segment.';
comment on column mart.segment_sizes.as_of is 'Business date, as of its end.';
comment on column mart.segment_sizes.segment is 'RFM segment; none = without scores.';
comment on column mart.segment_sizes.label_en is 'English label.';
comment on column mart.segment_sizes.label_zh is 'Chinese label.';
comment on column mart.segment_sizes.customers is 'Buyers in it.';
comment on column mart.segment_sizes.share is 'Share of the buyers of the date, 0 to 1.';
comment on column mart.segment_sizes.net_revenue is 'What they ever paid by then, net of refunds; reporting currency.';
comment on column mart.segment_sizes.is_latest is 'The latest date that was counted.';

create view mart.tier_sizes as
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

create view mart.standing_moves as
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

-- "(key: all of these)" is no name that a tool, or the test of the keys, could read.
comment on view mart.campaign_baskets is 'What each arm bought in the primary window: one row per campaign, occasion, wave (or period), arm and top category (key: campaign, occasion, wave, period, arm, category). Revenue sums to that of mart.campaign_steps.';
comment on view mart.campaign_entries is 'Through which door the orders of each arm came in the primary window: one row per campaign, occasion, wave (or period), arm, entry path, utm_campaign and coupon (key: campaign, occasion, wave, period, arm, entry_source, utm_campaign, named_coupon). Revenue sums to that of mart.campaign_steps.';

grant select on mart.campaigns, mart.decision_counts, mart.segment_sizes, mart.tier_sizes, mart.standing_moves
to crm_writer, crm_reader;
