-- Which candidates were contacted lately, by any address of theirs; ghost contacts count, released ones do not.
-- What an earlier pass claimed on this very send date is taken; a dry run sees imported contacts alone there.
-- And each candidate with what is known of the person and the key that the arm is drawn by: the one stored first in the epoch, else in the year, else the address of today.
-- Reads void_send of skip_decided.
-- Parameters: business_date, send_date, gap_days (of the business), caps (json: channel, direction, contacts, days), dry,
-- longest_lead_days (that a birthday may be declared with)
create temporary table identity on commit drop as
with year_key as (
    select distinct on (d.customer_id)
        d.customer_id,
        d.assignment_key
    from crm.decision as d
    where
        d.customer_id in (select customer_id from person) and d.assignment_key is not null
        and d.send_date >= cast(date_trunc('year', cast(:send_date as date)) as date)
        and d.send_date <= :send_date
        and (d.business_date < :business_date or not :dry)
    order by d.customer_id, d.business_date, d.campaign, d.occasion, d.instance, d.wave
),

epoch_key as (
    select distinct on (d.customer_id, u.due_id)
        d.customer_id,
        u.due_id,
        d.assignment_key
    from due as u
    inner join crm.decision as d on u.campaign = d.campaign and u.occasion = d.occasion
    where
        d.customer_id in (select customer_id from person) and d.assignment_key is not null
        and (d.business_date < :business_date or not :dry)
    order by d.customer_id, u.due_id, d.business_date, d.instance, d.wave
)

select
    p.*,
    c.due_id,
    case when c.again then c.instance || ':again:' || cast(:send_date as date) else c.instance end as instance,
    c.item_key,
    c.bought_recently,
    c.decided,
    coalesce(e.assignment_key, y.assignment_key, p.email_key, p.mobile_key) as assignment_key,
    coalesce(y.assignment_key, p.email_key, p.mobile_key) as global_key
from candidate as c
inner join person as p on c.customer_id = p.customer_id
left join year_key as y on c.customer_id = y.customer_id
left join epoch_key as e on c.customer_id = e.customer_id and c.due_id = e.due_id;

create temporary table cap on commit drop as
select
    row_number() over () as cap,
    c.*
from json_to_recordset(cast(:caps as json)) as c (channel text, direction text, contacts integer, days integer);

create temporary table touched on commit drop as
with horizon as (
    select greatest((select max(u.gap_days) from due as u), (select max(k.days) from cap as k), :gap_days) as days
),

claim as (
    select
        contact_key,
        assignment_key,
        customer_id,
        campaign,
        channel,
        direction,
        send_date,
        released
    from crm.contact_claim as c
    where
        send_date between cast(:send_date as date) - (select h.days from horizon as h)
        and cast(:send_date as date) + (select h.days from horizon as h)
        and case
            when send_date < :send_date then true
            when send_date = :send_date then not :dry or campaign = 'imported'
            -- Dates may be decided in any order: what a later one has taken before this one was decided is taken.
            else exists (
                select 1
                from crm.plan as later
                left join crm.plan as own on own.business_date = :business_date
                where later.send_date = c.send_date and (not :dry or later.planned_at < own.planned_at)
            )
        end
),

own_key as (
    select
        customer_id,
        email_key as contact_key
    from person
    where email_key is not null
    union all
    select
        customer_id,
        mobile_key
    from person
    where mobile_key is not null
    union all
    select
        customer_id,
        assignment_key
    from identity
    where assignment_key is not null
),

claimed as (
    select
        k.customer_id as person,
        c.*
    from own_key as k
    inner join claim as c on k.contact_key = c.contact_key
    union
    select
        k.customer_id as person,
        c.*
    from own_key as k
    inner join claim as c on k.contact_key = c.assignment_key
    union
    select
        p.customer_id as person,
        c.*
    from person as p
    inner join claim as c on p.customer_id = c.customer_id
)

select
    person as customer_id,
    contact_key,
    campaign,
    channel,
    direction,
    send_date,
    released
from claimed;

analyze touched;

create temporary table contacted on commit drop as
select
    c.customer_id,
    c.due_id,
    bool_or(t.send_date = :send_date) as that_day,
    bool_or(
        not t.released and t.send_date <> :send_date and abs(t.send_date - cast(:send_date as date)) <= :gap_days
    ) as within_cap,
    bool_or(
        not t.released and t.send_date <> :send_date and t.campaign = u.campaign
        and abs(t.send_date - cast(:send_date as date)) <= u.gap_days
    ) as in_gap
from candidate as c
inner join due as u on c.due_id = u.due_id
inner join touched as t on c.customer_id = t.customer_id
group by c.customer_id, c.due_id;

-- Channels on which a cap is used up; another channel may still be free.
create temporary table capped on commit drop as
with full_cap as (
    select
        c.customer_id,
        c.due_id,
        k.channel
    from cap as k
    inner join due as u on coalesce(k.direction, u.direction) = u.direction
    inner join candidate as c on u.due_id = c.due_id
    inner join touched as t
        on
            c.customer_id = t.customer_id and not t.released
            and t.send_date <> :send_date and abs(t.send_date - cast(:send_date as date)) <= k.days
            and coalesce(k.channel, t.channel) = t.channel
            and coalesce(k.direction, t.direction, '') = coalesce(t.direction, k.direction, '')
    group by c.customer_id, c.due_id, k.cap, k.channel, k.contacts
    having count(*) >= k.contacts
)

select
    f.customer_id,
    f.due_id,
    array_agg(distinct a.channel) as channels
from full_cap as f
inner join (values ('email'), ('sms')) as a (channel) on coalesce(f.channel, a.channel) = a.channel
group by f.customer_id, f.due_id;

-- Another account of the person had its turn in this very occasion, be it months ago. A birthday is told by its date: it
-- was sent at most so many days before, whatever year the claim was named by.
create temporary table occasion_taken on commit drop as
select
    c.customer_id,
    c.due_id
from candidate as c
inner join due as u on c.due_id = u.due_id
inner join person as p on c.customer_id = p.customer_id
inner join crm.contact_claim as t
    on
        t.contact_key in (p.email_key, p.mobile_key) and t.campaign = u.campaign
        and t.wave = u.wave and regexp_replace(t.instance, ':again:[-0-9]{10}$', '') = c.instance
        and (t.send_date < :send_date or not :dry)
        and (
            t.occasion = u.occasion or u.kind = 'repurchase'
            or (u.kind = 'birthday' and u.occasion_date - t.send_date between 0 and :longest_lead_days)
        )
where not exists (select from void_send as v where v.campaign = t.campaign and v.send_date = t.send_date)
union
select
    c.customer_id,
    c.due_id
from candidate as c
inner join due as u on c.due_id = u.due_id
inner join identity as i on c.customer_id = i.customer_id and c.due_id = i.due_id
inner join crm.contact_claim as t
    on
        i.assignment_key = t.assignment_key and t.campaign = u.campaign
        and t.wave = u.wave and regexp_replace(t.instance, ':again:[-0-9]{10}$', '') = c.instance
        and (t.send_date < :send_date or not :dry)
        and (
            t.occasion = u.occasion or u.kind = 'repurchase'
            or (u.kind = 'birthday' and u.occasion_date - t.send_date between 0 and :longest_lead_days)
        )
where not exists (select from void_send as v where v.campaign = t.campaign and v.send_date = t.send_date);

analyze identity;
analyze contacted;
analyze capped;
analyze occasion_taken;
