-- A customer opts out by telling us, not by a link: of a channel, or (all) of everything, at every address that we ever
-- knew of them and at those that come later. Who has no address is meant as well. Into said, for responses/say_no.
-- :customer_id, :channel (email, sms or all), :now, :known_on, :source
insert into said (customer_id, contact_key, channel, reason, occurred_at, known_on, source)
select
    meant.customer_id,
    meant.contact_key,
    :channel as scope,
    'opt_out' as reason,
    cast(:now as timestamptz) as occurred_at,
    cast(:known_on as date) as known_on,
    :source as told_by
from (
    select
        c.customer_id,
        cast(null as uuid) as contact_key
    from crm.customer as c
    where c.customer_id = :customer_id and not c.is_anonymous
    union all
    select distinct
        cast(null as bigint) as customer_id,
        a.contact_key
    from crm.customer_profile as p
    cross join lateral (values ('email', p.email_key), ('sms', p.mobile_key)) as a (channel, contact_key)
    where p.customer_id = :customer_id and a.contact_key is not null and :channel in (a.channel, 'all')
) as meant (customer_id, contact_key);
