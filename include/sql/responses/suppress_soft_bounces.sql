-- Addresses (of known) that bounced softly too often: so many messages within so many days, whichever customer, campaign
-- and order of arrival. They are suppressed like a hard bounce, from the last of those messages on. After that was taken
-- back, counting begins anew. Into said, for responses/say_no.
-- :messages, :days, :known_on
create temporary table bounced_softly on commit drop as
select
    contact_key,
    channel,
    message_id,
    min(occurred_at) as occurred_at
from crm.response
where
    kind = 'soft_bounce'
    and contact_key in (select k.contact_key from known as k where k.kind = 'soft_bounce')
group by contact_key, channel, message_id;

delete from bounced_softly as b
where exists (
    select from crm.suppression as s
    where
        s.contact_key = b.contact_key and s.channel = b.channel and s.reason = 'bounce'
        and s.source = 'soft bounces' and s.lifted_at >= b.occurred_at
);

insert into said (contact_key, channel, reason, occurred_at, known_on, source)
with counted as (
    select
        b.contact_key,
        b.channel,
        b.occurred_at,
        count(*) as messages
    from bounced_softly as b
    inner join bounced_softly as e
        on
            b.contact_key = e.contact_key and b.channel = e.channel
            and e.occurred_at between b.occurred_at - make_interval(days => :days) and b.occurred_at
    group by b.contact_key, b.channel, b.message_id, b.occurred_at
)

select
    contact_key,
    channel,
    'bounce' as reason,
    min(occurred_at) as occurred_at,
    cast(:known_on as date) as known_on,
    'soft bounces' as source
from counted
where messages >= :messages
group by contact_key, channel;
