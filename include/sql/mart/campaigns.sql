-- Makes mart.campaigns from crm.decision_count, crm.declaration, crm.result, mart.imported_campaigns.
create or replace view mart.campaigns as
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
