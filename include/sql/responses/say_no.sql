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

with earlier as (
    select
        contact_key,
        channel,
        reason,
        source,
        max(nth) as nth
    from crm.suppression
    where contact_key in (select s.contact_key from said as s where s.nth > 0)
    group by contact_key, channel, reason, source
)

update said
set nth = 1 + e.nth
from earlier as e
where
    said.nth > 0
    and e.contact_key = said.contact_key and e.channel = said.channel and e.reason = said.reason and e.source = said.source;

with earlier as (
    select
        customer_id,
        channel,
        reason,
        source,
        max(nth) as nth
    from crm.customer_suppression
    where customer_id in (select s.customer_id from said as s where s.nth > 0)
    group by customer_id, channel, reason, source
)

update said
set nth = 1 + e.nth
from earlier as e
where
    said.nth > 0
    and e.customer_id = said.customer_id and e.channel = said.channel and e.reason = said.reason and e.source = said.source;

drop table if exists new_no;

-- Of each address and of each customer, what was said first.
create temporary table new_no on commit drop as
select
    contact_key,
    customer_id,
    channel,
    reason,
    min(occurred_at) as occurred_at,
    min(known_on) as known_on,
    source,
    nth
from said
where nth > 0
group by grouping sets ((contact_key, channel, reason, source, nth), (customer_id, channel, reason, source, nth));

insert into crm.customer_suppression (customer_id, channel, reason, occurred_at, known_on, source, nth)
select
    customer_id,
    channel,
    reason,
    occurred_at,
    known_on,
    source,
    nth
from new_no
where customer_id is not null
order by customer_id
on conflict (customer_id, channel, reason, source, nth) do nothing;

insert into crm.suppression (contact_key, channel, reason, occurred_at, known_on, source, nth)
select
    contact_key,
    channel,
    reason,
    occurred_at,
    known_on,
    source,
    nth
from new_no
where contact_key is not null
order by contact_key
on conflict (contact_key, channel, reason, source, nth) do nothing
returning contact_key, channel, reason, source
