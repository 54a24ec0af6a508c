-- Contacts of an earlier tool count for the caps: they are claims of the campaign "imported". An address that nobody
-- of the shop has (any more) is claimed for the anonymous customer.
-- :time_zone of the business
with told as (
    select distinct on (address_key, send_date)
        crm.contact_key(c.channel, c.address) as address_key,
        (c.sent_at at time zone :time_zone)::date as send_date,
        c.channel,
        coalesce(c.campaign, '') as campaign,
        f.shop,
        c.file_version_id,
        c.row_number
    from staging.contact as c
    inner join staging.file as f on c.file_version_id = f.file_version_id
    where c.reject_reason is null
    order by address_key, send_date, c.sent_at, c.file_version_id, c.row_number
),

owners as (
    select
        t.address_key,
        min(p.customer_id) as customer_id
    from told as t
    inner join crm.customer_profile as p
        on
            (t.channel = 'email' and t.address_key = p.email_key) or (t.channel = 'sms' and t.address_key = p.mobile_key)
    where p.valid_to is null
    group by t.address_key
),

added as (
    insert into crm.contact_claim (contact_key, send_date, channel, campaign, occasion, instance, customer_id)
    select
        t.address_key,
        t.send_date,
        t.channel,
        'imported' as campaign,
        t.campaign as occasion,
        t.send_date::text,
        coalesce(o.customer_id, crm.key64(t.shop, '')) as customer_id
    from told as t
    left join owners as o on t.address_key = o.address_key
    on conflict do nothing
    returning contact_key, send_date
)

insert into staging.settled (
    kind, key, file_version_id, row_number, known_on, is_new, outcome, stored, moved
)
select
    'contact' as kind,
    t.row_number,
    t.file_version_id,
    t.row_number as position,
    t.send_date,
    true as is_new,
    'published' as outcome,
    true as stored,
    false as moved
from told as t
inner join added as a on t.address_key = a.contact_key and t.send_date = a.send_date;
