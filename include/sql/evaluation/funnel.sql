-- What became of the messages to the treated, by window and cell: customers whose message was taken, to whom it was
-- delivered, who opened, who clicked; and what sending cost. Opens and clicks of machines are nobody's; they prove delivery
-- all the same. A count is null where no provider reports it (the outbox reports nothing, SNS no opens). Reads entry.
-- :campaign, :occasion, :wave  as in evaluation/cells; pooled: every message of the campaign within the window
-- :as_of         responses known by this business date
-- :known_before  end of it: messages taken by then
-- :windows, :closed_by  as in evaluation/cells
drop table if exists taken;

create temporary table taken on commit drop as
select
    e.customer_id,
    e.segment,
    e.tier,
    e.channel,
    e.variant,
    e.planned_send_at,
    m.message_id,
    m.provider,
    m.sending_cost,
    m.accepted_at - e.planned_send_at as after
from entry as e
inner join crm.message as m on e.customer_id = m.customer_id
where
    e.treated
    and m.campaign = :campaign
    and (cast(:occasion as text) is null or m.occasion = :occasion)
    and (cast(:wave as text) is null or m.wave = :wave)
    and m.planned_send_at >= e.planned_send_at
    and m.accepted_at < :known_before;

analyze taken;

with heard as (
    select
        t.customer_id,
        min(r.occurred_at - t.planned_send_at) filter (
            where r.kind in ('delivered', 'opened', 'clicked', 'complaint')
        ) as delivered_after,
        min(r.occurred_at - t.planned_send_at) filter (
            where r.kind = 'opened' and r.machine is null
        ) as opened_after,
        min(r.occurred_at - t.planned_send_at) filter (
            where r.kind = 'clicked' and r.machine is null
        ) as clicked_after
    from taken as t
    inner join crm.response as r on t.customer_id = r.customer_id and t.message_id = r.message_id
    where r.known_on <= :as_of
    group by t.customer_id
),

person as (
    select
        t.customer_id,
        t.segment,
        t.tier,
        t.channel,
        t.variant,
        t.planned_send_at,
        min(t.after) as accepted_after,
        bool_or(t.provider <> 'outbox') as tells_delivery,
        bool_or(t.provider = 'sendgrid') as tells_opens
    from taken as t
    group by t.customer_id, t.segment, t.tier, t.channel, t.variant, t.planned_send_at
),

window_length as (
    select
        w.days,
        make_interval(hours => 24 * w.days) as length
    from unnest(cast(:windows as integer[])) as w (days)
),

cost as (
    select
        w.days,
        t.segment,
        t.tier,
        t.channel,
        t.variant,
        sum(t.sending_cost) as sending_cost
    from taken as t
    inner join window_length as w
        on
            t.after < w.length
            and (cast(:closed_by as timestamptz) is null or t.planned_send_at + w.length <= :closed_by)
    group by w.days, t.segment, t.tier, t.channel, t.variant
),

reached as (
    select
        w.days,
        p.segment,
        p.tier,
        p.channel,
        p.variant,
        count(*) filter (where p.accepted_after < w.length) as accepted,
        count(*) filter (where h.delivered_after < w.length) as delivered,
        count(*) filter (where h.opened_after < w.length) as opened,
        count(*) filter (where h.clicked_after < w.length) as clicked,
        bool_or(p.tells_delivery) as tells_delivery,
        bool_or(p.tells_opens) as tells_opens
    from person as p
    inner join window_length as w
        on cast(:closed_by as timestamptz) is null or p.planned_send_at + w.length <= :closed_by
    left join heard as h on p.customer_id = h.customer_id
    group by w.days, p.segment, p.tier, p.channel, p.variant
)

select
    r.days,
    r.segment,
    r.tier,
    r.channel,
    r.variant,
    r.accepted,
    case when r.tells_delivery then r.delivered end as delivered,
    case when r.tells_opens then r.opened end as opened,
    case when r.tells_opens then r.clicked end as clicked,
    coalesce(c.sending_cost, 0) as sending_cost
from reached as r
left join cost as c
    on
        r.days = c.days
        and r.segment = c.segment
        and r.tier = c.tier
        and r.channel = c.channel
        and r.variant = c.variant
