-- Opens and clicks of messages (of known) that the times give away: within seconds of delivery (at_delivery), or several
-- links of one message within two seconds (every_link). What the event itself told (prefetch, scanner) stands. All events
-- of a message are looked at together, so that their order of arrival makes no difference.
-- :seconds (after delivery)
create temporary table judged on commit drop as
with touched as (
    select distinct
        customer_id,
        message_id
    from known
    where kind in ('delivered', 'opened', 'clicked')
),

acts as (
    select
        r.customer_id,
        r.provider,
        r.event_id,
        r.message_id,
        r.kind,
        r.occurred_at,
        r.url,
        r.machine,
        min(r.occurred_at) filter (where r.kind = 'delivered')
            over (partition by r.customer_id, r.message_id) as delivered_at
    from crm.response as r
    inner join touched as t on r.customer_id = t.customer_id and r.message_id = t.message_id
)

select
    a.customer_id,
    a.provider,
    a.event_id,
    a.machine,
    case
        when
            a.kind = 'clicked' and exists (
                select from acts as other
                where
                    other.customer_id = a.customer_id and other.message_id = a.message_id and other.kind = 'clicked'
                    and other.url <> a.url
                    and other.occurred_at between a.occurred_at - interval '2 seconds'
                    and a.occurred_at + interval '2 seconds'
            )
            then 'every_link'
        when a.occurred_at between a.delivered_at and a.delivered_at + make_interval(secs => :seconds) then 'at_delivery'
    end as verdict
from acts as a
where a.kind in ('opened', 'clicked') and (a.machine is null or a.machine in ('every_link', 'at_delivery'));

update crm.response as r
set machine = judged.verdict
from judged
where
    r.customer_id = judged.customer_id and r.provider = judged.provider and r.event_id = judged.event_id
    and judged.verdict is distinct from judged.machine;
