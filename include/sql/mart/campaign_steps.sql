-- Makes mart.campaign_steps from crm.campaign_step, crm.result.
create or replace view mart.campaign_steps as
with latest as (
    select distinct
        campaign,
        occasion,
        wave,
        period,
        assignment
    from crm.result
)

select
    step.campaign,
    step.kind,
    step.occasion,
    step.wave,
    step.period,
    case when step.treated then 'treated' else 'held_out' end as arm,
    coalesce(latest.assignment, 'randomised') as assignment,
    step.window_days,
    step.is_open,
    step.assigned,
    case when step.treated then step.accepted end as accepted,
    case when step.treated then step.delivered end as delivered,
    case when step.treated then step.opened end as opened,
    case when step.treated then step.clicked end as clicked,
    step.bought,
    case when step.treated then step.clicked_and_bought end as clicked_and_bought,
    step.orders,
    step.revenue,
    case when step.treated then cast(step.accepted as double precision) / nullif(step.assigned, 0) end as accepted_rate,
    case when step.treated then cast(step.delivered as double precision) / nullif(step.accepted, 0) end as delivered_rate,
    case when step.treated then cast(step.opened as double precision) / nullif(step.delivered, 0) end as opened_rate,
    case when step.treated then cast(step.clicked as double precision) / nullif(step.delivered, 0) end as clicked_rate,
    case
        when step.treated then cast(step.clicked_and_bought as double precision) / nullif(step.clicked, 0)
    end as bought_after_click_rate,
    cast(step.bought as double precision) / nullif(step.assigned, 0) as bought_rate,
    step.as_of
from crm.campaign_step as step
left join latest
    on
        step.campaign = latest.campaign
        and step.occasion = latest.occasion
        and step.wave = latest.wave
        and step.period = latest.period;

comment on view mart.campaign_steps is 'One row per campaign, occasion, wave (or period) and arm: from assignment to purchase in the primary window (key: campaign, occasion, wave, period, arm). Who opened or clicked chose to: only the arms as a whole may be compared.';
comment on column mart.campaign_steps.campaign is 'Campaign.';
comment on column mart.campaign_steps.kind is 'Kind of campaign.';
comment on column mart.campaign_steps.occasion is 'Occasion; "" for pooled campaigns.';
comment on column mart.campaign_steps.wave is 'Wave; "" for pooled campaigns.';
comment on column mart.campaign_steps.period is '"" for one-off occasions; for pooled ones a month (2017-11) or to-date.';
comment on column mart.campaign_steps.arm is 'treated or held_out.';
comment on column mart.campaign_steps.assignment is 'randomised (held out by lot), or observational: the arms were not drawn and cannot be compared as they stand.';
comment on column mart.campaign_steps.window_days is 'The declared primary window, w x 24 h from planned_send_at.';
comment on column mart.campaign_steps.is_open is 'A window was not over at the end of as_of.';
comment on column mart.campaign_steps.assigned is 'Customers, each once, from the first entry.';
comment on column mart.campaign_steps.accepted is 'Of these, whose message the provider took; null for the held-out, here and in what follows.';
comment on column mart.campaign_steps.delivered is 'Of these, to whom it was delivered within the window, as the provider reported.';
comment on column mart.campaign_steps.opened is 'Who opened within the window, machines left out.';
comment on column mart.campaign_steps.clicked is 'Who clicked within the window, machines left out.';
comment on column mart.campaign_steps.bought is 'Who bought within the window, with or without a click.';
comment on column mart.campaign_steps.clicked_and_bought is 'Of clicked, who bought within the window.';
comment on column mart.campaign_steps.orders is 'Purchases within the window.';
comment on column mart.campaign_steps.revenue is 'Net revenue of all paid orders within the window; reporting currency.';
comment on column mart.campaign_steps.accepted_rate is 'accepted / assigned.';
comment on column mart.campaign_steps.delivered_rate is 'delivered / accepted.';
comment on column mart.campaign_steps.opened_rate is 'opened / delivered.';
comment on column mart.campaign_steps.clicked_rate is 'clicked / delivered.';
comment on column mart.campaign_steps.bought_after_click_rate is 'clicked_and_bought / clicked.';
comment on column mart.campaign_steps.bought_rate is 'bought / assigned: the one rate that both arms have.';
comment on column mart.campaign_steps.as_of is 'Business date as of which it was computed.';
