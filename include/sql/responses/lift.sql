-- Takes back what was noted of a customer, where a person or a provider erred or the customer consented anew, and only
-- there: no bounce but a false one; an operator's slip is none where the customer spoke for themselves; an erasure is never
-- taken back. The rows stay, with who took them back and why. Other customers with the address keep what they said.
-- Returns the rows that were taken back.
-- :customer_id, :reason, :channel (of the rows), :contact_key (of a bounce: the address; else null), :because, :note, :by, :now,
-- :known_on
drop table if exists lifting;

create temporary table lifting on commit drop as
with meant as (
    select cast(null as uuid) as contact_key
    union
    select k.contact_key
    from crm.customer_profile as p
    cross join lateral (values (p.email_key), (p.mobile_key)) as k (contact_key)
    where p.customer_id = :customer_id and k.contact_key is not null
),

standing as (
    select
        s.contact_key,
        s.channel,
        s.reason,
        s.source,
        s.nth
    from crm.suppression as s
    where
        s.lifted_at is null and s.contact_key in (select m.contact_key from meant as m)
        and (s.reason <> 'bounce' or s.contact_key = cast(:contact_key as uuid))
    union all
    select
        cast(null as uuid) as contact_key,
        s.channel,
        s.reason,
        s.source,
        s.nth
    from crm.customer_suppression as s
    where s.lifted_at is null and s.customer_id = :customer_id
)

select s.*
from standing as s
where
    s.channel = :channel and s.reason = :reason and s.source <> 'erasure'
    and case :because
        when 'false_bounce' then s.reason = 'bounce'
        when 'renewed_consent' then s.reason <> 'bounce'
        when 'slip' then s.reason <> 'bounce' and s.source <> 'unsubscribe page' and s.source not like '% event'
    end
    and not exists (select from crm.erasure as e where e.customer_id = :customer_id);

update crm.customer_suppression as s
set lifted_at = :now, lifted_on = :known_on, lifted_by = :by, lifted_because = :because, lifted_note = :note
from lifting as l
where
    s.customer_id = :customer_id and l.contact_key is null
    and s.channel = l.channel and s.reason = l.reason and s.source = l.source and s.nth = l.nth;

update crm.suppression as s
set lifted_at = :now, lifted_on = :known_on, lifted_by = :by, lifted_because = :because, lifted_note = :note
from lifting as l
where
    s.contact_key = l.contact_key
    and s.channel = l.channel and s.reason = l.reason and s.source = l.source and s.nth = l.nth;

select
    contact_key,
    source
from lifting
