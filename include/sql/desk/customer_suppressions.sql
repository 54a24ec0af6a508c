-- What was said no to: by the customer (channel is null), and of each of their addresses, past ones too. And what was taken
-- back of it, by whom and why.
-- channel: of the address; scope: what was said no to. :customer_id
with addresses as (
    select
        a.channel,
        a.contact_key,
        bool_or(a.is_current) as is_current
    from crm.customer_profile as p
    cross join
        lateral (
            values ('email', p.email_key, p.valid_to is null), ('sms', p.mobile_key, p.valid_to is null)
        ) as a (channel, contact_key, is_current)
    where p.customer_id = :customer_id and a.contact_key is not null
    group by a.channel, a.contact_key
)

select
    a.channel,
    a.contact_key,
    a.is_current,
    s.channel as scope,
    s.reason,
    s.occurred_at,
    s.source,
    s.lifted_at,
    s.lifted_by,
    s.lifted_because,
    s.lifted_note,
    crm.suppresses(s.known_on, s.lifted_on, 'infinity') as stands
from addresses as a
inner join crm.suppression as s on a.contact_key = s.contact_key and s.channel in (a.channel, 'all')
union all
select
    null as channel,
    null as contact_key,
    true as is_current,
    s.channel as scope,
    s.reason,
    s.occurred_at,
    s.source,
    s.lifted_at,
    s.lifted_by,
    s.lifted_because,
    s.lifted_note,
    crm.suppresses(s.known_on, s.lifted_on, 'infinity') as stands
from crm.customer_suppression as s
where s.customer_id = :customer_id
order by occurred_at desc, channel asc nulls first
