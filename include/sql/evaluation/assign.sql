-- Both arms of new plans, narrow, with what each customer spent before: what every later evaluation groups and weighs by.
-- A decision is taken in once and never changed; a campaign that was added by hand to a planned date is taken in later.
-- :send_dates              send dates of plans not yet collected
-- :first_on, :last_on      the days that may count as before (orders are read by this range)
-- :covariate_days          how long before planned_send_at spending counts, days of 24 h
-- :cap_quantile            no customer's spending counts more than this quantile of those of the wave who spent
drop table if exists newly_decided, spent_before, wave_cap;

create temporary table newly_decided on commit drop as
select
    d.customer_id,
    d.campaign,
    d.occasion,
    d.instance,
    d.wave,
    d.kind,
    d.send_date,
    d.business_date,
    d.planned_send_at,
    d.decision = 'include' as treated,
    coalesce(d.segment, 'none') as segment,
    coalesce(d.tier, 'none') as tier,
    d.channel,
    d.variant,
    d.goal,
    d.epoch,
    d.declaration_hash,
    crm.key64('person', coalesce(cast(d.assignment_key as text), cast(d.customer_id as text))) as person_key,
    upper(trim(d.offer ->> 'code')) as code
from crm.decision as d
left join crm.assignment as a
    on
        d.customer_id = a.customer_id
        and d.campaign = a.campaign
        and d.occasion = a.occasion
        and d.instance = a.instance
        and d.wave = a.wave
where
    d.send_date = any(cast(:send_dates as date[]))
    and d.decision in ('include', 'hold_out')
    and a.customer_id is null;

analyze newly_decided;

create temporary table spent_before on commit drop as
with moment as (
    select
        n.customer_id,
        n.business_date,
        n.planned_send_at
    from newly_decided as n
    group by n.customer_id, n.business_date, n.planned_send_at
),

purchase as (
    select
        m.customer_id,
        m.business_date,
        m.planned_send_at,
        o.order_key,
        o.status,
        o.amount
    from moment as m
    inner join crm.orders as o on m.customer_id = o.customer_id
    where
        o.ordered_on between :first_on and :last_on
        and o.ordered_at < m.planned_send_at
        and o.ordered_at >= m.planned_send_at - make_interval(hours => 24 * cast(:covariate_days as integer))
        and crm.was_paid(o.status)
        and crm.is_known(o.known_on, o.known_until, m.business_date)
),

refunded as (
    select
        p.customer_id,
        p.business_date,
        p.planned_send_at,
        p.order_key,
        sum(r.amount) as amount
    from purchase as p
    inner join crm.refund as r on p.customer_id = r.customer_id and p.order_key = r.order_key
    where crm.is_known(r.known_on, r.known_until, p.business_date)
    group by p.customer_id, p.business_date, p.planned_send_at, p.order_key
)

select
    p.customer_id,
    p.business_date,
    p.planned_send_at,
    cast(sum(p.amount - crm.paid_back(p.status, p.amount, r.amount)) as double precision) as amount
from purchase as p
left join refunded as r
    on
        p.customer_id = r.customer_id
        and p.business_date = r.business_date
        and p.planned_send_at = r.planned_send_at
        and p.order_key = r.order_key
group by p.customer_id, p.business_date, p.planned_send_at;

analyze spent_before;

create temporary table wave_cap on commit drop as
select
    n.campaign,
    n.occasion,
    n.wave,
    n.send_date,
    percentile_cont(cast(:cap_quantile as double precision)) within group (order by s.amount) as amount
from newly_decided as n
inner join spent_before as s
    on n.customer_id = s.customer_id and n.business_date = s.business_date and n.planned_send_at = s.planned_send_at
where s.amount > 0
group by n.campaign, n.occasion, n.wave, n.send_date;

insert into crm.collected_wave as w (
    campaign, occasion, wave, send_date, kind, business_date, goal, epoch, declaration_hash, codes, customers,
    first_send_at, last_send_at
)
select
    n.campaign,
    n.occasion,
    n.wave,
    n.send_date,
    max(n.kind) as kind,
    max(n.business_date) as business_date,
    max(n.goal) as goal,
    max(n.epoch) as epoch,
    max(n.declaration_hash) as declaration_hash,
    coalesce(array_agg(distinct n.code) filter (where n.code is not null), '{}') as codes,
    count(*) as customers,
    min(n.planned_send_at) as first_send_at,
    max(n.planned_send_at) as last_send_at
from newly_decided as n
group by n.campaign, n.occasion, n.wave, n.send_date
on conflict (campaign, occasion, wave, send_date) do update
    set
        customers = w.customers + excluded.customers,
        first_send_at = least(w.first_send_at, excluded.first_send_at),
        last_send_at = greatest(w.last_send_at, excluded.last_send_at),
        codes = w.codes || excluded.codes;

insert into crm.assignment (
    customer_id, campaign, occasion, instance, wave, send_date, planned_send_at, treated, segment, tier, channel, variant,
    spent_before, person_key
)
select
    n.customer_id,
    n.campaign,
    n.occasion,
    n.instance,
    n.wave,
    n.send_date,
    n.planned_send_at,
    n.treated,
    n.segment,
    n.tier,
    n.channel,
    n.variant,
    -- Of two values of which one is null least() takes the other: who spent nothing spent 0.
    least(coalesce(s.amount, 0), coalesce(c.amount, 0)) as spent_before,
    n.person_key
from newly_decided as n
left join spent_before as s
    on n.customer_id = s.customer_id and n.business_date = s.business_date and n.planned_send_at = s.planned_send_at
left join wave_cap as c
    on n.campaign = c.campaign and n.occasion = c.occasion and n.wave = c.wave and n.send_date = c.send_date
on conflict (customer_id, campaign, occasion, instance, wave) do nothing;
