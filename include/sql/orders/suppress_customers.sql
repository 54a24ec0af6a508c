-- Opt-outs and complaints that came by address alone (files, replies to SMS) are those of whoever has the address: of the
-- customers who have it now, where the delivery said so, and of those who got it by the delivery. So they hold for later
-- addresses, too. Into said, for responses/say_no. After orders/apply_profiles. No parameters.
create temporary table has_address on commit drop as
with new_row as (
    select
        file_version_id,
        row_number
    from staging.settled
    where kind = 'suppression'
),

new_key as (
    select
        crm.contact_key(
            case when s.channel <> 'all' then s.channel when s.address like '%@%' then 'email' else 'sms' end, s.address
        ) as contact_key
    from staging.suppression as s
    inner join new_row as n on s.file_version_id = n.file_version_id and s.row_number = n.row_number
),

new_profile as (
    select distinct customer_id
    from staging.settled
    where kind = 'profile' and is_new and stored
)

select
    p.customer_id,
    p.email_key as contact_key,
    p.valid_from
from crm.customer_profile as p
where p.valid_to is null and p.email_key in (select k.contact_key from new_key as k)
union
select
    p.customer_id,
    p.mobile_key,
    p.valid_from
from crm.customer_profile as p
where p.valid_to is null and p.mobile_key in (select k.contact_key from new_key as k)
union
select
    p.customer_id,
    a.contact_key,
    p.valid_from
from crm.customer_profile as p
inner join new_profile as n on p.customer_id = n.customer_id
cross join lateral (values (p.email_key), (p.mobile_key)) as a (contact_key)
where a.contact_key is not null;

analyze has_address;

insert into said (customer_id, channel, reason, occurred_at, known_on, source)
select
    h.customer_id,
    s.channel,
    s.reason,
    min(s.occurred_at) as occurred_at,
    min(greatest(s.known_on, h.valid_from)) as known_on,
    s.source
from has_address as h
inner join crm.suppression as s on h.contact_key = s.contact_key
where
    s.lifted_on is null and s.reason in ('opt_out', 'complaint')
    and s.source not in ('erasure', 'unsubscribe page') and s.source not like 'desk: %' and s.source not like '% event'
group by h.customer_id, s.channel, s.reason, s.source;

analyze said;
