-- What the campaign's page reads: whom a date was decided for, in groups, and what dry runs from the pages found.

create table crm.decision_group (
    campaign text not null,
    occasion text not null,
    wave text not null,
    business_date date not null,
    send_date date not null,
    decision text not null check (decision in ('include', 'hold_out')),
    variant text not null,
    channel text not null,
    tier text not null default '',
    customers bigint not null,
    sending_cost numeric(18, 4) not null,
    coupon_cost numeric(18, 4) not null,
    primary key (campaign, occasion, wave, business_date, decision, variant, channel, tier)
);
create index decision_group_by_send_date on crm.decision_group (campaign, send_date);
comment on table crm.decision_group is 'The audience of crm.decision, counted when it was decided: one row per campaign, occasion, wave, business date, arm, variant, channel and tier. Local table.';
comment on column crm.decision_group.campaign is 'Campaign.';
comment on column crm.decision_group.occasion is 'Occasion.';
comment on column crm.decision_group.wave is 'Wave.';
comment on column crm.decision_group.business_date is 'Business date that was decided on.';
comment on column crm.decision_group.send_date is 'Send date.';
comment on column crm.decision_group.decision is 'include or hold_out.';
comment on column crm.decision_group.variant is 'Variant of words and offer.';
comment on column crm.decision_group.channel is 'email or sms.';
comment on column crm.decision_group.tier is 'Tier at assignment; "" where none was known.';
comment on column crm.decision_group.customers is 'Customers so decided.';
comment on column crm.decision_group.sending_cost is 'Cost of sending to the included; reporting currency.';
comment on column crm.decision_group.coupon_cost is 'Cost of the coupons of the included, were all redeemed; reporting currency.';

insert into crm.decision_group (
    campaign, occasion, wave, business_date, send_date, decision, variant, channel, tier, customers, sending_cost,
    coupon_cost
)
select
    campaign,
    occasion,
    wave,
    business_date,
    send_date,
    decision,
    variant,
    channel,
    coalesce(tier, '') as tier,
    count(*) as customers,
    coalesce(sum(sending_cost) filter (where decision = 'include'), 0) as sending_cost,
    coalesce(sum(coupon_cost) filter (where decision = 'include'), 0) as coupon_cost
from crm.decision
where decision <> 'exclude'
group by campaign, occasion, wave, business_date, send_date, decision, variant, channel, coalesce(tier, '');

-- The last date that was decided for a campaign, without reading all that came before.
create index decision_count_by_campaign on crm.decision_count (campaign, send_date);

create table crm.rehearsal (
    campaign text not null,
    run_id text not null,
    business_date date not null,
    found jsonb not null,
    rehearsed_at timestamptz not null default clock_timestamp(),
    primary key (campaign, run_id)
);
comment on table crm.rehearsal is 'What the latest dry runs of each campaign''s own DAG found: counts, and messages to invented people; nothing of any customer. Local table.';
comment on column crm.rehearsal.campaign is 'Campaign.';
comment on column crm.rehearsal.run_id is 'Run of the campaign''s DAG.';
comment on column crm.rehearsal.business_date is 'Business date that was decided for, as it was known at its end.';
comment on column crm.rehearsal.found is 'published (last date with orders), occasions (candidates, reasons, groups, what each can show), samples, broken (why messages cannot be written).';
comment on column crm.rehearsal.rehearsed_at is 'When it ended (wall clock, for operators only).';

grant select, insert, update, delete on crm.decision_group, crm.rehearsal to crm_writer;
