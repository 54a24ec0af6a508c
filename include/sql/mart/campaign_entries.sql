-- Makes mart.campaign_entries from crm.campaign_entry, mart.campaign_steps.
create or replace view mart.campaign_entries as
select
    step.campaign,
    step.kind,
    step.occasion,
    step.wave,
    step.period,
    step.arm,
    step.assignment,
    step.window_days,
    step.is_open,
    entry.entry_source,
    entry.utm_campaign,
    entry.named_coupon,
    entry.customers,
    entry.orders,
    entry.revenue,
    cast(entry.customers as double precision) / nullif(step.assigned, 0) as bought_rate,
    step.as_of
from mart.campaign_steps as step
inner join crm.campaign_entry as entry
    on
        step.campaign = entry.campaign
        and step.occasion = entry.occasion
        and step.wave = entry.wave
        and step.period = entry.period
        and (step.arm = 'treated') = entry.treated;

comment on view mart.campaign_entries is 'Through which door the orders of each arm came in the primary window: one row per campaign, occasion, wave (or period), arm, entry path, utm_campaign and coupon (key: campaign, occasion, wave, period, arm, entry_source, utm_campaign, named_coupon). Revenue sums to that of mart.campaign_steps.';
comment on column mart.campaign_entries.campaign is 'Campaign.';
comment on column mart.campaign_entries.kind is 'Kind of campaign.';
comment on column mart.campaign_entries.occasion is 'Occasion; "" for pooled campaigns.';
comment on column mart.campaign_entries.wave is 'Wave; "" for pooled campaigns.';
comment on column mart.campaign_entries.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column mart.campaign_entries.arm is 'treated or held_out.';
comment on column mart.campaign_entries.assignment is 'randomised, or observational: the arms were not drawn and cannot be compared as they stand.';
comment on column mart.campaign_entries.window_days is 'The declared primary window.';
comment on column mart.campaign_entries.is_open is 'A window was not over at the end of as_of.';
comment on column mart.campaign_entries.entry_source is 'Entry path as the shop names it; "" = not known.';
comment on column mart.campaign_entries.utm_campaign is 'utm_campaign of the visit that ordered; "" = none.';
comment on column mart.campaign_entries.named_coupon is 'The order names a code of this campaign, accepted or not.';
comment on column mart.campaign_entries.customers is 'Who bought that way.';
comment on column mart.campaign_entries.orders is 'Purchases that came that way.';
comment on column mart.campaign_entries.revenue is 'Net revenue of the paid orders that came that way; reporting currency.';
comment on column mart.campaign_entries.bought_rate is 'customers / all customers of the arm.';
comment on column mart.campaign_entries.as_of is 'Business date as of which it was computed.';
