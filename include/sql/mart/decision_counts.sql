-- Makes mart.decision_counts from crm.decision_count.
create or replace view mart.decision_counts as
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
