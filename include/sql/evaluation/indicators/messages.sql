-- The messages of the send dates to compute that a provider took, what was answered to them, and which were followed by a purchase
-- that meets the campaign's goal.
-- :since, :as_of  send dates to compute; facts as known on :as_of
-- :response_days  days of 24 h from planned_send_at in which an answer counts
drop table if exists indicator_message, indicator_answer, indicator_conversion;

create temporary table indicator_message on commit drop as
select
    m.customer_id,
    m.message_id,
    m.campaign,
    m.occasion,
    m.instance,
    m.wave,
    m.channel,
    m.send_date,
    m.planned_send_at + make_interval(hours => 24 * :response_days) as ends_at
from crm.message as m
where
    m.send_date between :since and :as_of
    and (m.accepted_at is not null or m.status in ('accepted', 'delivered'));

analyze indicator_message;

create temporary table indicator_answer on commit drop as
select
    m.customer_id,
    m.message_id,
    -- What a machine opened was delivered, too.
    bool_or(r.kind in ('delivered', 'opened', 'clicked')) as delivered,
    bool_or(r.kind = 'opened' and r.machine is null) as opened,
    bool_or(r.kind = 'clicked' and r.machine is null) as clicked,
    bool_or(r.kind = 'opt_out') as opted_out
from indicator_message as m
inner join crm.response as r on m.customer_id = r.customer_id and m.message_id = r.message_id
where
    r.known_on <= :as_of
    and r.occurred_at < m.ends_at
group by m.customer_id, m.message_id;

analyze indicator_answer;

create temporary table indicator_conversion on commit drop as
select distinct
    m.customer_id,
    m.message_id
from indicator_message as m
inner join crm.conversion as c
    on
        m.customer_id = c.customer_id
        and m.campaign = c.campaign
        and m.occasion = c.occasion
        and m.instance = c.instance
        and m.wave = c.wave
inner join crm.orders as o
    on
        c.customer_id = o.customer_id
        and c.order_key = o.order_key
        and c.file_version_id = o.file_version_id
        and crm.is_known(o.known_on, o.known_until, :as_of)
left join lateral (
    select
        sum(x.amount) as amount,
        sum(x.amount) filter (where c.goal_lines is null or x.line_number = any(c.goal_lines)) as goal_amount
    from crm.refund as x
    where
        x.customer_id = c.customer_id
        and x.order_key = c.order_key
        and crm.is_known(x.known_on, x.known_until, :as_of)
) as r on true
where
    c.meets_goal
    and c.ordered_at < m.ends_at
    and crm.is_purchase(o.status, o.amount, r.amount)
    and c.goal_amount > coalesce(r.goal_amount, 0)
    and c.goal_amount - coalesce(r.goal_amount, 0) >= c.goal_minimum;

analyze indicator_conversion;
