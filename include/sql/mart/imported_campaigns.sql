-- Makes mart.imported_campaigns from crm.imported_campaign.
create or replace view mart.imported_campaigns as
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
