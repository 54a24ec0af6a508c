-- Keeps the opt-outs, complaints and bounces of said: those of addresses in crm.suppression, those of customers in
-- crm.customer_suppression. What a source said first stands. Where it was taken back, only what was said after that
-- counts, in a row of its own: a repeated file or event brings nothing back. The one writer of both tables.
-- Returns the new rows of addresses. No parameters.
update said
set nth = -1
where exists (
    select from crm.suppression as s
    where
        s.contact_key = said.contact_key and s.channel = said.channel and s.reason = said.reason and s.source = said.source
        and (s.lifted_at is null or s.lifted_at >= said.occurred_at)
);

update said
set nth = -1
where exists (
    select from crm.customer_suppression as s
    where
        s.customer_id = said.customer_id and s.channel = said.channel and s.reason = said.reason and s.source = said.source
        and (s.lifted_at is null or s.lifted_at >= said.occurred_at)
);

update said
set nth = 1 + s.nth
from crm.suppression as s
where
    said.nth > 0
    and s.contact_key = said.contact_key and s.channel = said.channel and s.reason = said.reason and s.source = said.source
    and not exists (
        select from crm.suppression as later
        where
            later.contact_key = s.contact_key and later.channel = s.channel and later.reason = s.reason
            and later.source = s.source and later.nth > s.nth
    );

update said
set nth = 1 + s.nth
from crm.customer_suppression as s
where
    said.nth > 0
    and s.customer_id = said.customer_id and s.channel = said.channel and s.reason = said.reason and s.source = said.source
    and not exists (
        select from crm.customer_suppression as later
        where
            later.customer_id = s.customer_id and later.channel = s.channel and later.reason = s.reason
            and later.source = s.source and later.nth > s.nth
    );

insert into crm.customer_suppression (customer_id, channel, reason, occurred_at, known_on, source, nth)
select
    customer_id,
    channel,
    reason,
    min(occurred_at) as occurred_at,
    min(known_on) as known_on,
    source,
    nth
from said
where customer_id is not null and nth > 0
group by customer_id, channel, reason, source, nth
order by customer_id
on conflict (customer_id, channel, reason, source, nth) do nothing;

insert into crm.suppression (contact_key, channel, reason, occurred_at, known_on, source, nth)
select
    contact_key,
    channel,
    reason,
    min(occurred_at) as occurred_at,
    min(known_on) as known_on,
    source,
    nth
from said
where contact_key is not null and nth > 0
group by contact_key, channel, reason, source, nth
order by contact_key
on conflict (contact_key, channel, reason, source, nth) do nothing
returning contact_key, channel, reason, source
