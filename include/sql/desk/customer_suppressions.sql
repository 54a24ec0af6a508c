-- Which of the customer's addresses, past ones too, are never written to again, and why.
-- channel: of the address; scope: what was said no to. :customer_id
with addresses as (
    select distinct
        a.channel,
        a.contact_key,
        a.is_current
    from crm.customer_profile as p
    cross join
        lateral (
            values ('email', p.email_key, p.valid_to is null), ('sms', p.mobile_key, p.valid_to is null)
        ) as a (channel, contact_key, is_current)
    where p.customer_id = :customer_id and a.contact_key is not null
)

select
    a.channel,
    bool_or(a.is_current) as is_current,
    s.channel as scope,
    s.reason,
    s.occurred_at,
    s.source
from addresses as a
inner join crm.suppression as s on a.contact_key = s.contact_key and s.channel in (a.channel, 'all')
group by a.channel, a.contact_key, s.channel, s.reason, s.occurred_at, s.source
order by s.occurred_at desc, a.channel asc
