-- What is known about each candidate as a person on the business date: addresses, which channels may be used and why not,
-- the last purchase. Everything "as known", so that a past date is decided as it was.
-- Parameters: business_date, active_within_days (the longest of the campaigns that are due)
create temporary table people on commit drop as
select distinct customer_id
from candidate;

analyze people;

create temporary table person on commit drop as
with profile as (
    select p.*
    from crm.customer_profile as p
    where
        p.customer_id in (select customer_id from people)
        and p.valid_from <= :business_date and (p.valid_to is null or p.valid_to > :business_date)
),

address as (
    select
        customer_id,
        'email' as channel,
        email_key as contact_key
    from profile
    union all
    select
        customer_id,
        'sms' as channel,
        mobile_key
    from profile
),

-- "all" on one address silences the person on every channel.
suppressed as (
    select distinct
        a.customer_id,
        case s.channel when 'all' then c.channel else a.channel end as channel,
        s.reason
    from address as a
    inner join crm.suppression as s
        on a.contact_key = s.contact_key and s.channel in (a.channel, 'all') and s.known_on <= :business_date
    inner join (values ('email'), ('sms')) as c (channel) on s.channel = 'all' or c.channel = a.channel
),

suppressions as (
    select
        customer_id,
        array_agg(reason) filter (where channel = 'email') as email_reasons,
        array_agg(reason) filter (where channel = 'sms') as sms_reasons
    from suppressed
    group by customer_id
),

consented as (
    select
        customer_id,
        bool_or(channel = 'email') as by_email,
        bool_or(channel = 'sms') as by_sms
    from crm.consent
    where
        customer_id in (select customer_id from people) and granted
        and valid_from <= :business_date and (valid_to is null or valid_to > :business_date)
    group by customer_id
),

refunded as (
    select
        customer_id,
        order_key,
        sum(amount) as amount
    from crm.refund
    where
        customer_id in (select customer_id from people)
        and known_on <= :business_date and (known_until is null or known_until > :business_date)
    group by customer_id, order_key
),

last_order as (
    select
        o.customer_id,
        max(o.ordered_on) filter (where o.amount > coalesce(r.amount, 0)) as last_order_on
    from crm.orders as o
    left join refunded as r on o.customer_id = r.customer_id and o.order_key = r.order_key
    where
        o.customer_id in (select customer_id from people)
        and o.status in ('paid', 'shipped', 'completed')
        and o.ordered_on > cast(:business_date as date) - :active_within_days
        and o.known_on <= :business_date and (o.known_until is null or o.known_until > :business_date)
    group by o.customer_id
),

-- A zone that PostgreSQL does not know would stop everybody's campaigns: the business's own takes its place.
known_zone as (
    select name from pg_timezone_names where name in (select time_zone from profile)
)

select
    p.customer_id,
    f.email_key,
    f.mobile_key,
    z.name as time_zone,
    f.locale,
    f.preferred_channel,
    coalesce(f.fake_orders, false) as fake_orders,
    array_cat(
        b.email_reasons,
        array_remove(array[
            case when g.by_email is not true then 'no_consent' end,
            case when f.email_key is null then case when f.email_masked then 'masked_address' else 'no_address' end end
        ], null)
    ) as email_blocks,
    array_cat(
        b.sms_reasons,
        array_remove(array[
            case when g.by_sms is not true then 'no_consent' end,
            case when f.mobile_key is null then case when f.mobile_masked then 'masked_address' else 'no_address' end end
        ], null)
    ) as sms_blocks,
    o.last_order_on
from people as p
left join profile as f on p.customer_id = f.customer_id
left join known_zone as z on f.time_zone = z.name
left join suppressions as b on p.customer_id = b.customer_id
left join consented as g on p.customer_id = g.customer_id
left join last_order as o on p.customer_id = o.customer_id;

alter table person add primary key (customer_id);
analyze person;
