-- Complaints, hard bounces and opt-outs (known) count at once. The first and the last are the person's will, so they hold
-- for later addresses, too; a bounce is about the address. Into said, for responses/say_no.
-- :known_on
insert into said (customer_id, contact_key, channel, reason, occurred_at, known_on, source)
select
    meant.customer_id,
    meant.contact_key,
    k.channel,
    k.suppresses,
    min(k.occurred_at) as occurred_at,
    cast(:known_on as date) as known_on,
    k.provider || ' event' as source
from known as k
cross join
    lateral (
        values (null, k.contact_key), (case when k.suppresses <> 'bounce' then k.customer_id end, null)
    ) as meant (customer_id, contact_key)
where k.suppresses is not null and num_nonnulls(meant.customer_id, meant.contact_key) = 1
group by meant.customer_id, meant.contact_key, k.channel, k.suppresses, k.provider
