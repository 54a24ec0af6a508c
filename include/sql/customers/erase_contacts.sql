-- No address of the customer is ever written to again, whichever account it comes back with: the keys stay, suppressed.
-- It counts from the same business date on as an opt-out of this minute would (responses/known_on.sql).
-- Makes erased_key. Into said, for responses/say_no.
-- :customer_id, :now
create temporary table erased_key on commit drop as
select distinct k.contact_key
from crm.customer_profile as p
cross join lateral (values (p.email_key), (p.mobile_key)) as k (contact_key)
where p.customer_id = :customer_id and k.contact_key is not null;

insert into said (contact_key, channel, reason, occurred_at, known_on, source)
select
    contact_key,
    'all' as channel,
    'opt_out' as reason,
    cast(:now as timestamptz) as occurred_at,
    coalesce(
        greatest((select max(d.business_date) from crm.delivery as d), (select max(l.business_date) + 1 from crm.plan as l)),
        cast(cast(:now as timestamptz) at time zone (select b.time_zone from crm.business as b) as date),
        cast(cast(:now as timestamptz) at time zone 'UTC' as date)
    ) as known_on,
    'erasure' as source
from erased_key;

insert into crm.erased_contact (contact_key)
select contact_key
from erased_key
on conflict (contact_key) do nothing;
