-- The recipient of a message opts out: of its channel at its address, or of everything at every address that we know of the
-- customer (they may have one, or none any more). It is the person's will: later addresses are meant, too. Into said, for
-- responses/say_no.
-- :message_id, :everything, :now, :known_on
create temporary table opting_out on commit drop as
select *
from crm.message
where message_id = :message_id;

insert into crm.response (
    customer_id, provider, event_id, campaign, occasion, instance, wave, channel, message_id, contact_key, kind,
    occurred_at, known_on, reason
)
select
    customer_id,
    'page' as provider,
    message_id || case when :everything then '/all' else '/channel' end as event_id,
    campaign,
    occasion,
    instance,
    wave,
    channel,
    message_id,
    contact_key,
    'opt_out' as kind,
    cast(:now as timestamptz) as occurred_at,
    cast(:known_on as date) as known_on,
    case when :everything then 'all channels' else 'this channel' end as reason
from opting_out
on conflict (customer_id, provider, event_id) do nothing;

insert into said (customer_id, contact_key, channel, reason, occurred_at, known_on, source)
select
    meant.customer_id,
    meant.contact_key,
    case when :everything then 'all' else o.channel end as channel,
    'opt_out' as reason,
    cast(:now as timestamptz) as occurred_at,
    cast(:known_on as date) as known_on,
    'unsubscribe page' as source
from opting_out as o
cross join lateral (
    values (o.customer_id, null), (null, o.contact_key)
) as meant (customer_id, contact_key);

insert into said (contact_key, channel, reason, occurred_at, known_on, source)
select distinct
    a.contact_key,
    'all' as channel,
    'opt_out' as reason,
    cast(:now as timestamptz) as occurred_at,
    cast(:known_on as date) as known_on,
    'unsubscribe page' as source
from crm.customer_profile as p
cross join lateral (values (p.email_key), (p.mobile_key)) as a (contact_key)
where :everything and a.contact_key is not null and p.customer_id in (select o.customer_id from opting_out as o);
