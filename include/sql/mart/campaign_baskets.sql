-- Makes mart.campaign_baskets from crm.campaign_basket, mart.campaign_steps.
create or replace view mart.campaign_baskets as
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
    basket.category,
    basket.customers,
    basket.orders,
    basket.quantity,
    basket.revenue,
    basket.new_to_category,
    cast(basket.new_to_category as double precision) / nullif(basket.customers, 0) as new_share,
    cast(basket.customers as double precision) / nullif(step.assigned, 0) as bought_rate,
    step.as_of
from mart.campaign_steps as step
inner join crm.campaign_basket as basket
    on
        step.campaign = basket.campaign
        and step.occasion = basket.occasion
        and step.wave = basket.wave
        and step.period = basket.period
        and (step.arm = 'treated') = basket.treated;

comment on view mart.campaign_baskets is 'What each arm bought in the primary window: one row per campaign, occasion, wave (or period), arm and top category (key: campaign, occasion, wave, period, arm, category). Revenue sums to that of mart.campaign_steps.';
comment on column mart.campaign_baskets.campaign is 'Campaign.';
comment on column mart.campaign_baskets.kind is 'Kind of campaign.';
comment on column mart.campaign_baskets.occasion is 'Occasion; "" for pooled campaigns.';
comment on column mart.campaign_baskets.wave is 'Wave; "" for pooled campaigns.';
comment on column mart.campaign_baskets.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column mart.campaign_baskets.arm is 'treated or held_out.';
comment on column mart.campaign_baskets.assignment is 'randomised, or observational: the arms were not drawn and cannot be compared as they stand.';
comment on column mart.campaign_baskets.window_days is 'The declared primary window.';
comment on column mart.campaign_baskets.is_open is 'A window was not over at the end of as_of.';
comment on column mart.campaign_baskets.category is 'Top level of the category path; "" = not known.';
comment on column mart.campaign_baskets.customers is 'Who bought of it and kept something.';
comment on column mart.campaign_baskets.orders is 'Purchases with something of it left after refunds.';
comment on column mart.campaign_baskets.quantity is 'Pieces of it in those orders.';
comment on column mart.campaign_baskets.revenue is 'Paid for it, net of refunds; reporting currency.';
comment on column mart.campaign_baskets.new_to_category is 'Of customers, who had never paid for anything of it before planned_send_at: cross-sell.';
comment on column mart.campaign_baskets.new_share is 'new_to_category / customers.';
comment on column mart.campaign_baskets.bought_rate is 'customers / all customers of the arm, so that arms of unequal size stand side by side.';
comment on column mart.campaign_baskets.as_of is 'Business date as of which it was computed.';
