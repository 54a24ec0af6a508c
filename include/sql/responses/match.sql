-- The messages that the events (taken) are about. An e-mail's events carry our message id, an SMS's the provider's; where
-- the provider's answer was lost (unknown), an SMS is found by its address and the day before the event: an address gets
-- one message a day. No parameters.
create temporary table known on commit drop as
with found as (
    select
        t.provider,
        t.event_id,
        m.customer_id,
        m.message_id
    from taken as t
    inner join crm.message as m on t.message_id = m.message_id
    union all
    select
        t.provider,
        t.event_id,
        m.customer_id,
        m.message_id
    from taken as t
    inner join crm.message as m on m.provider = 'sns' and t.provider_message_id = m.provider_message_id
    where t.provider = 'sns'
),

found_by_address as (
    select distinct on (t.provider, t.event_id)
        t.provider,
        t.event_id,
        m.customer_id,
        m.message_id
    from taken as t
    inner join crm.message as m
        on
            m.provider = 'sns' and t.contact_key = m.contact_key
            and m.status = 'unknown' and m.provider_message_id is null
            and t.occurred_at between m.claimed_at - interval '1 minute' and m.claimed_at + interval '1 day'
    where t.provider = 'sns' and not exists (select from found as f where f.event_id = t.event_id)
    order by t.provider asc, t.event_id asc, m.claimed_at desc
),

named as (
    select * from found
    union all
    select * from found_by_address
)

select
    t.provider,
    t.event_id,
    t.provider_message_id,
    t.kind,
    t.suppresses,
    t.occurred_at,
    t.reason,
    t.url,
    t.machine,
    m.customer_id,
    m.campaign,
    m.occasion,
    m.instance,
    m.wave,
    m.channel,
    m.message_id,
    m.contact_key,
    m.send_date
from named as n
inner join taken as t on n.provider = t.provider and n.event_id = t.event_id
inner join crm.message as m on n.customer_id = m.customer_id and n.message_id = m.message_id;

analyze known
