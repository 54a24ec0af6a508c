-- A person's will is the person's: who said no is not written to at a later address either. And the one way back, where a
-- person or a provider erred or the customer consented anew: a row stays, with the date from which it holds no more.

-- What each source said stands beside what others said, so that taking one back leaves the others. After it was taken
-- back, what is said later is a row of its own.
alter table crm.suppression
add column nth smallint not null default 1,
add column lifted_at timestamptz,
add column lifted_on date,
add column lifted_by text,
add column lifted_because text check (lifted_because in ('false_bounce', 'slip', 'renewed_consent')),
add column lifted_note text,
add check (num_nonnulls(lifted_at, lifted_on, lifted_by, lifted_because, lifted_note) in (0, 5)),
drop constraint suppression_pkey,
add primary key (contact_key, channel, reason, source, nth);
comment on table crm.suppression is 'Addresses that are not written to: nothing deletes a row, and few may be taken back (docs/responses.md). Reference table.';
comment on column crm.suppression.nth is 'How often this source had said it: 1, and one more each time after it was taken back.';
comment on column crm.suppression.lifted_at is 'When it was taken back; null = it stands.';
comment on column crm.suppression.lifted_on is 'Business date from whose decisions on it holds no more.';
comment on column crm.suppression.lifted_by is 'Who took it back.';
comment on column crm.suppression.lifted_because is 'false_bounce (a provider erred), slip (an operator erred) or renewed_consent (the customer consented anew).';
comment on column crm.suppression.lifted_note is 'The operator''s words: how it is known.';

create table crm.customer_suppression (
    customer_id bigint not null,
    channel text not null check (channel in ('email', 'sms', 'all')),
    reason text not null check (reason in ('opt_out', 'complaint')),
    occurred_at timestamptz not null,
    known_on date not null,
    source text not null,
    nth smallint not null default 1,
    lifted_at timestamptz,
    lifted_on date,
    lifted_by text,
    lifted_because text check (lifted_because in ('slip', 'renewed_consent')),
    lifted_note text,
    check (num_nonnulls(lifted_at, lifted_on, lifted_by, lifted_because, lifted_note) in (0, 5)),
    primary key (customer_id, channel, reason, source, nth)
);
comment on table crm.customer_suppression is 'Customers who said no, whatever their address is: it holds for addresses that come later. Nothing deletes a row. Distributed by customer_id.';
comment on column crm.customer_suppression.customer_id is 'Customer.';
comment on column crm.customer_suppression.channel is 'email, sms or all.';
comment on column crm.customer_suppression.reason is 'opt_out or complaint. A bounce is about an address alone (crm.suppression).';
comment on column crm.customer_suppression.occurred_at is 'When it was said.';
comment on column crm.customer_suppression.known_on is 'Business date from whose decisions on it is known.';
comment on column crm.customer_suppression.source is 'Import, provider event, page, reply or desk.';
comment on column crm.customer_suppression.nth is 'How often this source had said it: 1, and one more each time after it was taken back.';
comment on column crm.customer_suppression.lifted_at is 'When it was taken back; null = it stands.';
comment on column crm.customer_suppression.lifted_on is 'Business date from whose decisions on it holds no more.';
comment on column crm.customer_suppression.lifted_by is 'Who took it back.';
comment on column crm.customer_suppression.lifted_because is 'slip (an operator erred) or renewed_consent (the customer consented anew).';
comment on column crm.customer_suppression.lifted_note is 'The operator''s words: how it is known.';

-- The one definition of "not to be written to as of a date"; every reader uses it. As of infinity = as of now.
create function crm.suppresses(known_on date, lifted_on date, as_of date) returns boolean
language sql immutable parallel safe
return known_on <= as_of and (lifted_on is null or lifted_on > as_of);
comment on function crm.suppresses(date, date, date) is
'Whether what was said (known_on) and perhaps taken back (lifted_on) stands as of a business date; infinity = as of now.';

-- What was said so far is carried over: opt-outs by link and providers' events name their customer, …
insert into crm.customer_suppression (customer_id, channel, reason, occurred_at, known_on, source)
select
    customer_id,
    case when provider = 'page' and event_id like '%/all' then 'all' else channel end as said_channel,
    kind as reason,
    min(occurred_at) as occurred_at,
    min(known_on) as known_on,
    case provider when 'page' then 'unsubscribe page' else provider || ' event' end as source
from crm.response
where kind in ('opt_out', 'complaint')
group by customer_id, said_channel, kind, provider
on conflict do nothing;

-- … other words are those of everybody who had the address: the desk, replies and imports.
insert into crm.customer_suppression (customer_id, channel, reason, occurred_at, known_on, source)
with had as (
    select
        customer_id,
        email_key as contact_key
    from crm.customer_profile
    union
    select
        customer_id,
        mobile_key
    from crm.customer_profile
)

select
    h.customer_id,
    s.channel,
    s.reason,
    min(s.occurred_at) as occurred_at,
    min(s.known_on) as known_on,
    s.source
from crm.suppression as s
inner join had as h on s.contact_key = h.contact_key
where
    s.reason in ('opt_out', 'complaint')
    and s.source not in ('erasure', 'unsubscribe page') and s.source not like '% event'
group by h.customer_id, s.channel, s.reason, s.source
on conflict do nothing;

-- Replies to SMS that a program cannot judge: a person reads them.
create table crm.reply (
    reply_id bigint generated always as identity primary key,
    contact_key uuid not null,
    occurred_at timestamptz not null,
    text_hash text not null,
    text text,
    verdict text check (verdict in ('opt_out', 'no_opt_out')),
    judged_by text,
    judged_at timestamptz,
    unique (contact_key, occurred_at, text_hash),
    check (num_nonnulls(verdict, judged_by, judged_at) in (0, 3))
);
create index reply_open on crm.reply (occurred_at) where verdict is null;
comment on table crm.reply is 'Replies to SMS that may be opt-outs: a person decides at the desk (page Replies). Local table.';
comment on column crm.reply.reply_id is 'Key, in order of arrival.';
comment on column crm.reply.contact_key is 'Key of the number that answered.';
comment on column crm.reply.occurred_at is 'When it was written.';
comment on column crm.reply.text_hash is 'MD5 of the text: the same file again lists nothing twice.';
comment on column crm.reply.text is 'What was written, 300 characters at most, without numbers and addresses; null = removed some time after it was judged, or with the customer''s erasure.';
comment on column crm.reply.verdict is 'opt_out or no_opt_out; null = nobody has judged it yet.';
comment on column crm.reply.judged_by is 'Who judged it last.';
comment on column crm.reply.judged_at is 'When.';

create view mart.customer_suppressions as
select
    customer_id,
    channel,
    reason,
    occurred_at,
    known_on,
    source,
    nth,
    lifted_on,
    lifted_because
from crm.customer_suppression;
comment on view mart.customer_suppressions is 'Customers who said no to a channel or to everything (key: customer_id, channel, reason, source, nth). In force as of a date: known_on <= date and (lifted_on is null or lifted_on > date).';
comment on column mart.customer_suppressions.customer_id is 'Customer.';
comment on column mart.customer_suppressions.channel is 'email, sms or all.';
comment on column mart.customer_suppressions.reason is 'opt_out or complaint.';
comment on column mart.customer_suppressions.occurred_at is 'When it was said (an instant).';
comment on column mart.customer_suppressions.known_on is 'Business date from whose decisions on it is known.';
comment on column mart.customer_suppressions.source is 'Import, provider event, page, reply or desk.';
comment on column mart.customer_suppressions.nth is 'How often this source had said it.';
comment on column mart.customer_suppressions.lifted_on is 'Business date from whose decisions on it holds no more; null = it stands.';
comment on column mart.customer_suppressions.lifted_because is 'slip or renewed_consent; null = it stands.';

grant select, insert on crm.customer_suppression to crm_writer;
grant select, insert, update, delete on crm.reply to crm_writer;
grant select on mart.customer_suppressions to crm_writer, crm_reader;
-- What was said may be taken back, never rewritten.
revoke update on crm.suppression from crm_writer;
grant update (lifted_at, lifted_on, lifted_by, lifted_because, lifted_note)
on crm.suppression, crm.customer_suppression to crm_writer;

comment on column crm.response.kind is 'processed, deferred, delivered, opened, clicked, bounce (for good), soft_bounce (this time), dropped (the provider refused to try), undelivered (an SMS; an e-mail that was turned away because of us: content, reputation, volume), complaint, opt_out or other.';
