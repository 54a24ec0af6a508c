-- Past campaigns and published experiments, imported from files of one row per person. A changed file is a new version.

create table crm.imported_campaign (
    campaign text not null,
    occasion text not null default '',
    version integer not null,
    mapping text not null,
    mapping_body text not null,
    mapping_hash text not null,
    file_name text not null,
    content_hash text not null,
    assignment text not null check (assignment in ('randomised', 'observational')),
    customers bigint not null,
    windows_days integer[] not null,
    first_start_at timestamptz not null,
    last_start_at timestamptz not null,
    complete_until date,
    primary key (campaign, occasion, version)
);
comment on table crm.imported_campaign is 'Campaigns and experiments imported from files, versioned: a changed file or mapping makes the next version. Local table.';
comment on column crm.imported_campaign.campaign is 'Campaign, as its results name it.';
comment on column crm.imported_campaign.occasion is 'Occasion; "" where the file tells none.';
comment on column crm.imported_campaign.version is '1, 2, … in order of arrival; the highest is the one in force.';
comment on column crm.imported_campaign.mapping is 'Name of the mapping that it was read by.';
comment on column crm.imported_campaign.mapping_body is 'Its text.';
comment on column crm.imported_campaign.mapping_hash is 'SHA-256 of its text, in hex.';
comment on column crm.imported_campaign.file_name is 'Name of the file, without its folders.';
comment on column crm.imported_campaign.content_hash is 'SHA-256 of the file''s bytes, in hex.';
comment on column crm.imported_campaign.assignment is 'randomised (drawn by lot), or observational: somebody chose whom to write to.';
comment on column crm.imported_campaign.customers is 'Rows of the file for it: customers of both arms.';
comment on column crm.imported_campaign.windows_days is 'Windows that outcomes are known of, days of 24 h from starts_at; the first is the primary one.';
comment on column crm.imported_campaign.first_start_at is 'Where the first customer''s windows start.';
comment on column crm.imported_campaign.last_start_at is 'Where the last customer''s windows start.';
comment on column crm.imported_campaign.complete_until is 'Date until which the file''s outcomes are complete; null: the warehouse''s own orders are read.';

create table crm.imported_assignment (
    customer_id bigint not null,
    campaign text not null,
    occasion text not null default '',
    version integer not null,
    starts_at timestamptz not null,
    treated boolean not null,
    segment text not null default 'none',
    tier text not null default 'none',
    channel text not null,
    variant text not null default '',
    spent_before double precision not null default 0,
    accepted boolean,
    delivered boolean,
    opened boolean,
    clicked boolean,
    primary key (customer_id, campaign, occasion, version)
);
create index imported_assignment_by_campaign on crm.imported_assignment (campaign, occasion, version);
comment on table crm.imported_assignment is 'Who was in which arm of an imported campaign: no names, no addresses, no column that the mapping does not name. Distributed by customer_id.';
comment on column crm.imported_assignment.customer_id is 'crm.key64(shop, the file''s id): the warehouse''s customer where the ids are a shop''s; else of the mapping''s own.';
comment on column crm.imported_assignment.campaign is 'Campaign.';
comment on column crm.imported_assignment.occasion is 'Occasion.';
comment on column crm.imported_assignment.version is 'Version of crm.imported_campaign.';
comment on column crm.imported_assignment.starts_at is 'Where the customer''s windows start.';
comment on column crm.imported_assignment.treated is 'Was to be written to; false: control.';
comment on column crm.imported_assignment.segment is 'Stratum: the file''s, else the segment that the warehouse knew on the day before; none = neither.';
comment on column crm.imported_assignment.tier is 'Tier: the file''s, else the one that the warehouse knew on the day before; none = neither.';
comment on column crm.imported_assignment.channel is 'Channel; unknown where the file tells none.';
comment on column crm.imported_assignment.variant is 'Variant of the treated; "" for the control.';
comment on column crm.imported_assignment.spent_before is 'Revenue before starts_at as the file tells it; 0 where it does not. The covariate of CUPED; reporting currency.';
comment on column crm.imported_assignment.accepted is 'The provider took the message; null = not told.';
comment on column crm.imported_assignment.delivered is 'It was delivered; null = not told.';
comment on column crm.imported_assignment.opened is 'It was opened; null = not told.';
comment on column crm.imported_assignment.clicked is 'It was clicked; null = not told.';

create table crm.imported_outcome (
    customer_id bigint not null,
    campaign text not null,
    occasion text not null default '',
    version integer not null,
    window_days integer not null,
    converted boolean,
    orders integer,
    revenue numeric(18, 4),
    refunds numeric(18, 4),
    redeemed integer,
    primary key (customer_id, campaign, occasion, version, window_days)
);
create index imported_outcome_by_campaign on crm.imported_outcome (campaign, occasion, version);
comment on table crm.imported_outcome is 'What came of it by window, as the file tells it; customers of whom it tells nothing but zeros have no row. Distributed by customer_id.';
comment on column crm.imported_outcome.customer_id is 'Customer.';
comment on column crm.imported_outcome.campaign is 'Campaign.';
comment on column crm.imported_outcome.occasion is 'Occasion.';
comment on column crm.imported_outcome.version is 'Version of crm.imported_campaign.';
comment on column crm.imported_outcome.window_days is 'Window, days of 24 h from starts_at.';
comment on column crm.imported_outcome.converted is 'Met the goal; null = not told.';
comment on column crm.imported_outcome.orders is 'Orders; null = not told.';
comment on column crm.imported_outcome.revenue is 'Revenue net of refunds; null = not told; reporting currency.';
comment on column crm.imported_outcome.refunds is 'Refunds, already taken off; null = not told; reporting currency.';
comment on column crm.imported_outcome.redeemed is 'Coupons redeemed; null = not told.';

-- A published experiment may tell who converted and nothing of money: then there is no revenue, not one of zero.
alter table crm.result alter column naive_revenue drop not null;
comment on column crm.result.naive_revenue is 'All orders of the treated in the window, as a send-and-count tool would claim; net of refunds, reporting currency; null where an imported file tells no revenue.';
comment on column crm.result.kind is 'Kind of campaign; imported: from a file (crm.imported_campaign).';
comment on column crm.variant_result.kind is 'Kind of campaign; imported: from a file (crm.imported_campaign).';
comment on column mart.campaign_results.kind is 'holiday, birthday, seasonal or repurchase; imported: from a file (mart.imported_campaigns).';
comment on column mart.campaign_result_versions.kind is 'holiday, birthday, seasonal or repurchase; imported: from a file (mart.imported_campaigns).';
comment on column mart.campaign_result_parts.kind is 'holiday, birthday, seasonal or repurchase; imported: from a file (mart.imported_campaigns).';
comment on column mart.variant_results.kind is 'holiday, birthday, seasonal or repurchase; imported: from a file (mart.imported_campaigns).';

create view mart.imported_campaigns as
select distinct on (campaign, occasion)
    campaign,
    occasion,
    assignment,
    customers,
    windows_days,
    first_start_at,
    last_start_at,
    complete_until,
    file_name,
    mapping,
    version
from crm.imported_campaign
order by campaign asc, occasion asc, version desc;
comment on view mart.imported_campaigns is 'Past campaigns and experiments imported from files, as last imported (key: campaign, occasion). Their results are of kind imported in mart.campaign_results.';
comment on column mart.imported_campaigns.campaign is 'Campaign.';
comment on column mart.imported_campaigns.occasion is 'Occasion; "" where the file tells none.';
comment on column mart.imported_campaigns.assignment is 'randomised, or observational: not drawn by lot, so a difference may be the audience''s and not the campaign''s.';
comment on column mart.imported_campaigns.customers is 'Customers of both arms.';
comment on column mart.imported_campaigns.windows_days is 'Windows in days of 24 h; the first is the primary one.';
comment on column mart.imported_campaigns.first_start_at is 'Where the first customer''s windows start.';
comment on column mart.imported_campaigns.last_start_at is 'Where the last customer''s windows start.';
comment on column mart.imported_campaigns.complete_until is 'Date until which the file''s outcomes are complete; null: from the warehouse''s own orders.';
comment on column mart.imported_campaigns.file_name is 'File that it came from.';
comment on column mart.imported_campaigns.mapping is 'Mapping that it was read by.';
comment on column mart.imported_campaigns.version is 'Version in force.';

grant select, insert, update, delete, truncate on crm.imported_campaign, crm.imported_assignment, crm.imported_outcome to crm_writer;
grant select on mart.imported_campaigns to crm_writer, crm_reader;
