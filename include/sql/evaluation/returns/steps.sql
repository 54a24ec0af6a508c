-- How many of each arm went each step, in place of what was known before.
-- :campaign, :occasion, :wave, :period, :kind  of the group
-- :window_days, :is_open                       of its primary window
-- :as_of                                       business date of the facts
drop table if exists return_message, return_answer;

create temporary table return_message on commit drop as
select
    e.customer_id,
    m.message_id,
    e.planned_send_at,
    e.planned_send_at + make_interval(hours => 24 * :window_days) as ends_at
from return_entry as e
inner join crm.message as m
    on
        e.customer_id = m.customer_id
        and m.campaign = :campaign
        and e.occasion = m.occasion
        and e.instance = m.instance
        and e.wave = m.wave
where m.accepted_at is not null or m.status in ('accepted', 'delivered');

analyze return_message;

create temporary table return_answer on commit drop as
select
    m.customer_id,
    m.planned_send_at,
    bool_or(r.kind in ('delivered', 'opened', 'clicked')) as delivered,
    bool_or(r.kind = 'opened' and r.machine is null) as opened,
    bool_or(r.kind = 'clicked' and r.machine is null) as clicked
from return_message as m
left join crm.response as r
    on
        m.customer_id = r.customer_id
        and m.message_id = r.message_id
        and r.known_on <= :as_of
        and r.occurred_at < m.ends_at
group by m.customer_id, m.planned_send_at;

analyze return_answer;

delete from crm.campaign_step
where campaign = :campaign and occasion = :occasion and wave = :wave and period = :period;

insert into crm.campaign_step (
    campaign, occasion, wave, period, treated, kind, window_days, as_of, is_open, assigned, accepted, delivered, opened,
    clicked, bought, clicked_and_bought, orders, revenue
)
with buyer as (
    select
        o.customer_id,
        o.planned_send_at,
        count(*) filter (where o.is_purchase) as orders,
        sum(o.amount - o.refunded) as net
    from return_order as o
    group by o.customer_id, o.planned_send_at
)

select
    cast(:campaign as text) as campaign,
    cast(:occasion as text) as occasion,
    cast(:wave as text) as wave,
    cast(:period as text) as period,
    e.treated,
    cast(:kind as text) as kind,
    cast(:window_days as integer) as window_days,
    cast(:as_of as date) as as_of,
    cast(:is_open as boolean) as is_open,
    count(*) as assigned,
    count(a.customer_id) as accepted,
    count(*) filter (where a.delivered) as delivered,
    count(*) filter (where a.opened) as opened,
    count(*) filter (where a.clicked) as clicked,
    count(*) filter (where b.orders > 0) as bought,
    count(*) filter (where b.orders > 0 and a.clicked) as clicked_and_bought,
    coalesce(sum(b.orders), 0) as orders,
    coalesce(sum(b.net), 0) as revenue
from return_entry as e
left join return_answer as a on e.customer_id = a.customer_id and e.planned_send_at = a.planned_send_at
left join buyer as b on e.customer_id = b.customer_id and e.planned_send_at = b.planned_send_at
group by e.treated
