-- What became of the messages to the treated, by window and cell: customers whose message was taken, to whom it was
-- delivered, who opened, who clicked; and what sending cost. Opens and clicks of machines are nobody's; they prove delivery
-- all the same. A count is null where no provider reports it (the outbox reports nothing, SNS no opens). Reads entry.
-- :campaign, :occasion, :wave  as in evaluation/cells; pooled: every message of the campaign within the window
-- :as_of         responses known by this business date
-- :known_before  end of it: messages taken by then
-- :windows, :closed_by  as in evaluation/cells
drop table if exists taken;

create temporary table taken on commit drop as
with heard as (
    select
        r.customer_id,
        r.message_id,
        min(r.occurred_at) as delivered_at,
        min(r.occurred_at) filter (where r.kind = 'opened' and r.machine is null) as opened_at,
        min(r.occurred_at) filter (where r.kind = 'clicked' and r.machine is null) as clicked_at
    from crm.response as r
    where
        r.campaign = :campaign
        and (cast(:occasion as text) is null or r.occasion = :occasion)
        and (cast(:wave as text) is null or r.wave = :wave)
        and r.kind in ('delivered', 'opened', 'clicked', 'complaint')
        and r.known_on <= :as_of
    group by r.customer_id, r.message_id
)

select
    e.customer_id,
    e.segment,
    e.tier,
    e.channel,
    e.variant,
    e.shares,
    e.month,
    e.planned_send_at,
    m.provider,
    m.sending_cost,
    m.accepted_at,
    h.delivered_at,
    h.opened_at,
    h.clicked_at
from entry as e
inner join crm.message as m on e.customer_id = m.customer_id
left join heard as h on m.customer_id = h.customer_id and m.message_id = h.message_id
where
    e.treated
    and m.campaign = :campaign
    and (cast(:occasion as text) is null or m.occasion = :occasion)
    and (cast(:wave as text) is null or m.wave = :wave)
    and m.planned_send_at >= e.planned_send_at
    and (e.next_at is null or m.planned_send_at < e.next_at)
    and m.accepted_at < :known_before;

-- In how many windows something is not, rather than one row per window: a few combinations are left of a million customers.
with limits as (
    select
        array_agg(make_interval(hours => 24 * w.days) order by w.place) as lengths,
        cast(:closed_by as timestamptz) as closed_by
    from unnest(cast(:windows as integer[])) with ordinality as w (days, place)
),

person as (
    select
        t.customer_id,
        t.segment,
        t.tier,
        t.channel,
        t.variant,
        t.shares,
        t.month,
        t.planned_send_at,
        min(t.accepted_at) as accepted_at,
        min(t.delivered_at) as delivered_at,
        min(t.opened_at) as opened_at,
        min(t.clicked_at) as clicked_at,
        bool_or(t.provider <> 'outbox') as tells_delivery,
        bool_or(t.provider = 'sendgrid') as tells_opens
    from taken as t
    group by t.customer_id, t.segment, t.tier, t.channel, t.variant, t.shares, t.month, t.planned_send_at
),

combination as (
    select
        p.segment,
        p.tier,
        p.channel,
        p.variant,
        p.shares,
        p.month,
        p.tells_delivery,
        p.tells_opens,
        width_bucket(l.closed_by - p.planned_send_at, l.lengths) as over,
        width_bucket(p.accepted_at - p.planned_send_at, l.lengths) as accepted,
        width_bucket(p.delivered_at - p.planned_send_at, l.lengths) as delivered,
        width_bucket(p.opened_at - p.planned_send_at, l.lengths) as opened,
        width_bucket(p.clicked_at - p.planned_send_at, l.lengths) as clicked,
        count(*) as customers
    from person as p
    cross join limits as l
    group by
        p.segment, p.tier, p.channel, p.variant, p.shares, p.month, p.tells_delivery, p.tells_opens, over, accepted, delivered,
        opened, clicked
),

reached as (
    select
        w.days,
        c.segment,
        c.tier,
        c.channel,
        c.variant,
        c.shares,
        c.month,
        coalesce(sum(c.customers) filter (where c.accepted < w.place), 0) as accepted,
        coalesce(sum(c.customers) filter (where c.delivered < w.place), 0) as delivered,
        coalesce(sum(c.customers) filter (where c.opened < w.place), 0) as opened,
        coalesce(sum(c.customers) filter (where c.clicked < w.place), 0) as clicked,
        bool_or(c.tells_delivery) as tells_delivery,
        bool_or(c.tells_opens) as tells_opens
    from combination as c
    inner join unnest(cast(:windows as integer[])) with ordinality as w (days, place)
        on coalesce(c.over, w.place) >= w.place
    group by w.days, c.segment, c.tier, c.channel, c.variant, c.shares, c.month
),

paid as (
    select
        t.segment,
        t.tier,
        t.channel,
        t.variant,
        t.shares,
        t.month,
        width_bucket(l.closed_by - t.planned_send_at, l.lengths) as over,
        width_bucket(t.accepted_at - t.planned_send_at, l.lengths) as accepted,
        sum(t.sending_cost) as sending_cost
    from taken as t
    cross join limits as l
    group by t.segment, t.tier, t.channel, t.variant, t.shares, t.month, over, accepted
),

cost as (
    select
        w.days,
        p.segment,
        p.tier,
        p.channel,
        p.variant,
        p.shares,
        p.month,
        sum(p.sending_cost) as sending_cost
    from paid as p
    inner join unnest(cast(:windows as integer[])) with ordinality as w (days, place)
        on p.accepted < w.place and coalesce(p.over, w.place) >= w.place
    group by w.days, p.segment, p.tier, p.channel, p.variant, p.shares, p.month
)

select
    r.days,
    r.segment,
    r.tier,
    r.channel,
    r.variant,
    r.shares,
    r.month,
    cast(r.accepted as bigint) as accepted,
    case when r.tells_delivery then cast(r.delivered as bigint) end as delivered,
    case when r.tells_opens then cast(r.opened as bigint) end as opened,
    case when r.tells_opens then cast(r.clicked as bigint) end as clicked,
    coalesce(c.sending_cost, 0) as sending_cost
from reached as r
left join cost as c
    on
        r.days = c.days
        and r.segment = c.segment
        and r.tier = c.tier
        and r.channel = c.channel
        and r.variant = c.variant
        and r.shares = c.shares
        and r.month = c.month
