-- The recipient of a message opts out: of its channel at its address, or of everything at every address that we know of the
-- customer. What was said first stands. The temporary table keeps reference and distributed tables out of one insert.
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

insert into crm.suppression (contact_key, channel, reason, occurred_at, known_on, source)
select
    contact_key,
    case when :everything then 'all' else channel end as channel,
    'opt_out' as reason,
    cast(:now as timestamptz) as occurred_at,
    cast(:known_on as date) as known_on,
    'unsubscribe page' as source
from opting_out
union
select
    unnest(array[p.email_key, p.mobile_key]) as contact_key,
    'all' as channel,
    'opt_out' as reason,
    cast(:now as timestamptz) as occurred_at,
    cast(:known_on as date) as known_on,
    'unsubscribe page' as source
from crm.customer_profile as p
where :everything and p.valid_to is null and p.customer_id in (select o.customer_id from opting_out as o)
on conflict (contact_key, channel, reason) do nothing;
