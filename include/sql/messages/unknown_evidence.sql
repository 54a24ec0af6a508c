-- What speaks for and against it that unknown messages of a send never left; makes never_left, the messages that everything
-- speaks for, and returns the evidence.
-- For it: of the other messages, taken longer ago than the quiet time, events have come of nearly all (:share); or the
-- provider was asked after the quiet time and has none of that attempt. Against it, and then never: an event of the message
-- itself, kept or waiting to be collected, or of any message of its attempt to which the provider gave no answer either
-- (SendGrid takes a request as a whole; SNS each message by itself), or the provider has one of them. They must still be in
-- time. What the provider answered for has the instant of the hand-over as accepted_at.
-- :campaign, :send_date, :minutes (quiet time), :share, :now
drop table if exists never_left;

drop table if exists sent_of_date;

create temporary table sent_of_date on commit drop as
select
    m.customer_id,
    m.message_id,
    m.batch_id,
    m.provider,
    m.claimed_at,
    m.send_by,
    m.batch_id || '-' || cast(extract(epoch from m.claimed_at) * 1000000 as bigint) as attempt,
    m.claimed_at + cast(:minutes as integer) * interval '1 minute' <= :now as is_quiet,
    m.status = 'unknown' as is_unknown,
    m.status = 'unknown' and m.status_reason in ('owner_died', 'no_outcome', 'no_answer') as is_unclear,
    exists (
        select from crm.response as r
        where r.customer_id = m.customer_id and r.message_id = m.message_id and r.provider = m.provider
    )
    or m.message_id in (select i.message_id from crm.response_inbox as i where i.message_id is not null)
    or m.contact_key in (
        select i.contact_key from crm.response_inbox as i where i.contact_key is not null and i.state = 'new'
    ) as is_heard,
    coalesce(m.accepted_at = b.handed_over_at, false) as is_answered
from crm.message as m
left join crm.message_batch as b on m.batch_id = b.batch_id
where
    m.campaign = :campaign and m.send_date = :send_date and m.claimed_at is not null
    and m.status in ('accepted', 'delivered', 'failed', 'unknown');

create temporary table never_left on commit drop as
with others as (
    select
        provider,
        count(*) as taken,
        count(*) filter (where is_heard) as heard
    from sent_of_date
    where not is_unknown and is_quiet
    group by provider
),

heard_of as (
    select attempt
    from sent_of_date
    where provider <> 'sns'
    group by attempt
    having bool_or(is_heard and not is_answered)
)

select
    u.customer_id,
    u.message_id,
    u.batch_id
from sent_of_date as u
left join others as o on u.provider = o.provider
left join crm.asked_attempt as a on u.attempt = a.attempt
where
    u.is_unclear and u.is_quiet and u.send_by > :now and not u.is_heard
    and u.attempt not in (select h.attempt from heard_of as h)
    and coalesce(a.found, 0) = 0
    and (
        (o.taken > 0 and o.heard >= o.taken * cast(:share as double precision))
        or a.asked_at >= u.claimed_at + cast(:minutes as integer) * interval '1 minute'
    );

select
    (select count(*) from never_left) as messages,
    count(*) filter (where not is_unknown and is_quiet) as taken,
    count(*) filter (where not is_unknown and is_quiet and is_heard) as heard
from sent_of_date
