-- A customer opts out by telling us, not by a link: of a channel, or (all) of everything, at every address that we ever
-- knew of them. What was said first stands. Returns as many rows as addresses that this was about.
-- The temporary table keeps reference and distributed tables out of one insert.
-- :customer_id, :channel (email, sms or all), :now, :known_on, :source
create temporary table opting_out on commit drop as
select distinct a.contact_key
from crm.customer_profile as p
cross join lateral (values ('email', p.email_key), ('sms', p.mobile_key)) as a (channel, contact_key)
where p.customer_id = :customer_id and a.contact_key is not null and :channel in (a.channel, 'all');

insert into crm.suppression (contact_key, channel, reason, occurred_at, known_on, source)
select
    contact_key,
    :channel as scope,
    'opt_out' as reason,
    cast(:now as timestamptz) as occurred_at,
    cast(:known_on as date) as known_on,
    :source as told_by
from opting_out
on conflict (contact_key, channel, reason) do nothing;

select contact_key
from opting_out
