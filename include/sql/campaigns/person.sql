-- What is known about each candidate as a person on the business date: where they stand, addresses, which channels may be
-- used and why not, the last purchase. Everything "as known", so that a past date is decided as it was.
-- Parameters: business_date, active_within_days (the longest of the campaigns that are due)
create temporary table reachable on commit drop as
select
    p.customer_id,
    f.email_key,
    f.mobile_key,
    f.email_masked,
    f.mobile_masked,
    f.time_zone,
    f.locale,
    f.preferred_channel,
    f.fake_orders,
    e.customer_id is not null as by_email,
    m.customer_id is not null as by_sms
from people as p
left join crm.customer_profile as f
    on
        p.customer_id = f.customer_id
        and crm.is_known(f.valid_from, f.valid_to, :business_date)
left join crm.consent as e
    on
        p.customer_id = e.customer_id and e.channel = 'email' and e.granted
        and crm.is_known(e.valid_from, e.valid_to, :business_date)
left join crm.consent as m
    on
        p.customer_id = m.customer_id and m.channel = 'sms' and m.granted
        and crm.is_known(m.valid_from, m.valid_to, :business_date);

analyze reachable;

create temporary table person on commit drop as
with address as (
    select
        customer_id,
        'email' as channel,
        email_key as contact_key
    from reachable
    union all
    select
        customer_id,
        'sms' as channel,
        mobile_key
    from reachable
),

-- "all" on one address silences the person on every channel. What the person said holds whatever the address is.
suppressed as (
    select
        a.customer_id,
        case s.channel when 'all' then c.channel else a.channel end as channel,
        s.reason
    from address as a
    inner join crm.suppression as s
        on
            a.contact_key = s.contact_key and s.channel in (a.channel, 'all')
            and crm.suppresses(s.known_on, s.lifted_on, :business_date)
    inner join (values ('email'), ('sms')) as c (channel) on s.channel = 'all' or c.channel = a.channel
    union
    select
        p.customer_id,
        c.channel,
        s.reason
    from people as p
    inner join crm.customer_suppression as s
        on p.customer_id = s.customer_id and crm.suppresses(s.known_on, s.lifted_on, :business_date)
    inner join (values ('email'), ('sms')) as c (channel) on s.channel in (c.channel, 'all')
),

suppressions as (
    select
        customer_id,
        array_agg(reason) filter (where channel = 'email') as email_reasons,
        array_agg(reason) filter (where channel = 'sms') as sms_reasons
    from suppressed
    group by customer_id
),

-- A zone that PostgreSQL does not know would stop everybody's campaigns: the business's own takes its place.
known_zone as (
    select name from pg_timezone_names where name in (select time_zone from reachable)
)

select
    f.customer_id,
    f.email_key,
    f.mobile_key,
    z.name as time_zone,
    f.locale,
    f.preferred_channel,
    coalesce(f.fake_orders, false) as fake_orders,
    array_cat(
        b.email_reasons,
        array_remove(array[
            case when not f.by_email then 'no_consent' end,
            case when f.email_key is null then case when f.email_masked then 'masked_address' else 'no_address' end end
        ], null)
    ) as email_blocks,
    array_cat(
        b.sms_reasons,
        array_remove(array[
            case when not f.by_sms then 'no_consent' end,
            case when f.mobile_key is null then case when f.mobile_masked then 'masked_address' else 'no_address' end end
        ], null)
    ) as sms_blocks,
    o.last_order_on,
    s.segment,
    s.tier,
    s.stage
from reachable as f
left join known_zone as z on f.time_zone = z.name
left join suppressions as b on f.customer_id = b.customer_id
left join purchased as o on f.customer_id = o.customer_id and o.days = :active_within_days
left join standing as s on f.customer_id = s.customer_id;

drop table reachable;
alter table person add primary key (customer_id);
analyze person;
