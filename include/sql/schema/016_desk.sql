-- What the operator's pages read: sums that would take seconds over a million customers, kept as they come about.

create table crm.decision_count (
    campaign text not null,
    occasion text not null,
    wave text not null,
    business_date date not null,
    send_date date not null,
    kind text not null,
    decision text not null check (decision in ('include', 'hold_out', 'exclude')),
    reason text not null default '',
    customers bigint not null,
    primary key (campaign, occasion, wave, business_date, decision, reason)
);
create index decision_count_by_send_date on crm.decision_count (send_date);
comment on table crm.decision_count is 'crm.decision, counted when it was made: one row per campaign, occasion, wave, business date, decision and first reason. Local table.';
comment on column crm.decision_count.campaign is 'Campaign.';
comment on column crm.decision_count.occasion is 'Occasion.';
comment on column crm.decision_count.wave is 'Wave.';
comment on column crm.decision_count.business_date is 'Business date that was decided on.';
comment on column crm.decision_count.send_date is 'Send date.';
comment on column crm.decision_count.kind is 'holiday, birthday, seasonal or repurchase.';
comment on column crm.decision_count.decision is 'include, hold_out or exclude.';
comment on column crm.decision_count.reason is 'First reason of an exclusion; "" for everybody else.';
comment on column crm.decision_count.customers is 'Candidates so decided.';

insert into crm.decision_count (
    campaign, occasion, wave, business_date, send_date, kind, decision, reason, customers
)
select
    campaign,
    occasion,
    wave,
    business_date,
    send_date,
    kind,
    decision,
    coalesce(reason, '') as reason,
    count(*) as customers
from crm.decision
group by campaign, occasion, wave, business_date, send_date, kind, decision, coalesce(reason, '');

create table crm.standing_size (
    as_of date not null,
    dimension text not null check (dimension in ('segment', 'tier')),
    value text not null,
    customers bigint not null,
    net_revenue numeric(18, 4) not null,
    primary key (as_of, dimension, value)
);
comment on table crm.standing_size is 'How many buyers stood in each segment and tier, by business date; written by evaluate_campaigns. Local table.';
comment on column crm.standing_size.as_of is 'Business date of the refresh that was counted, as of its end.';
comment on column crm.standing_size.dimension is 'segment or tier.';
comment on column crm.standing_size.value is 'Segment or tier; "none" without scores.';
comment on column crm.standing_size.customers is 'Customers with a state.';
comment on column crm.standing_size.net_revenue is 'What they ever paid, net of refunds; reporting currency.';

create table crm.standing_move (
    days integer not null,
    dimension text not null check (dimension in ('segment', 'tier')),
    from_value text not null,
    to_value text not null,
    as_of date not null,
    customers bigint not null,
    primary key (days, dimension, from_value, to_value)
);
comment on table crm.standing_move is 'Where the buyers of the latest refresh stood some days before it, and where they stand: of the latest alone, written by evaluate_campaigns. A period that began before the first refresh has no rows. Local table.';
comment on column crm.standing_move.days is 'Length of the period; it ends with as_of.';
comment on column crm.standing_move.dimension is 'segment or tier.';
comment on column crm.standing_move.from_value is 'Value at the end of as_of − days; "new": no state then, "none": no scores.';
comment on column crm.standing_move.to_value is 'Value at the end of as_of; "none": no scores.';
comment on column crm.standing_move.as_of is 'Business date of the refresh, as of its end.';
comment on column crm.standing_move.customers is 'Customers; those who stayed (from_value = to_value) included.';

create table crm.revenue_spread (
    from_net_revenue numeric(18, 4) primary key,
    as_of date not null,
    customers bigint not null
);
comment on table crm.revenue_spread is 'How net revenue is spread over the buyers of the latest refresh, by amounts of two significant digits: so many customers reach any round threshold, counted exactly. Written by evaluate_campaigns. Local table.';
comment on column crm.revenue_spread.from_net_revenue is 'Net revenue, rounded down to two significant digits; 0 for what is below 0.01; reporting currency.';
comment on column crm.revenue_spread.as_of is 'Business date of the refresh, as of its end.';
comment on column crm.revenue_spread.customers is 'Customers from here up to the next amount.';

grant select, insert, update, delete on crm.decision_count, crm.standing_size, crm.standing_move to crm_writer;
grant select, insert, update, delete on crm.revenue_spread to crm_writer;
