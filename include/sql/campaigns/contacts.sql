-- Which candidates were contacted lately, by any address of theirs; ghost contacts count, released ones do not.
-- What an earlier pass claimed on this very send date is taken; a dry run sees imported contacts alone there.
-- And the key that each arm is drawn by: the one stored first in the epoch, else in the year, else the address of today.
-- Parameters: business_date, send_date, gap_days (of the business), dry
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
    c.customer_id,
    c.due_id,
    coalesce(e.assignment_key, y.assignment_key, p.email_key, p.mobile_key) as assignment_key,
    coalesce(y.assignment_key, p.email_key, p.mobile_key) as global_key
from candidate as c
inner join person as p on c.customer_id = p.customer_id
left join year_key as y on c.customer_id = y.customer_id
left join epoch_key as e on c.customer_id = e.customer_id and c.due_id = e.due_id;

create temporary table contacted on commit drop as
with claim as (
    select
        contact_key,
        assignment_key,
        customer_id,
        campaign,
        send_date,
        released
    from crm.contact_claim
    where
        send_date <= :send_date
        and send_date >= cast(:send_date as date) - (select greatest(max(gap_days), :gap_days) from due)
        and (send_date < :send_date or not :dry or campaign = 'imported')
),

own_key as (
    select
        customer_id,
        email_key as contact_key
    from person
    where email_key is not null
    union
    select
        customer_id,
        mobile_key
    from person
    where mobile_key is not null
    union
    select
        customer_id,
        assignment_key
    from identity
    where assignment_key is not null
),

touched as (
    select
        k.customer_id,
        c.campaign,
        c.send_date,
        c.released
    from own_key as k
    inner join claim as c on k.contact_key = c.contact_key
    union
    select
        k.customer_id,
        c.campaign,
        c.send_date,
        c.released
    from own_key as k
    inner join claim as c on k.contact_key = c.assignment_key
    union
    select
        p.customer_id,
        c.campaign,
        c.send_date,
        c.released
    from person as p
    inner join claim as c on p.customer_id = c.customer_id
)

select
    c.customer_id,
    c.due_id,
    coalesce(bool_or(t.send_date = :send_date), false) as that_day,
    coalesce(bool_or(
        not t.released and t.send_date < :send_date and t.send_date >= cast(:send_date as date) - :gap_days
    ), false) as within_cap,
    coalesce(bool_or(
        not t.released and t.send_date < :send_date and t.campaign = u.campaign
        and t.send_date >= cast(:send_date as date) - u.gap_days
    ), false) as in_gap
from candidate as c
inner join due as u on c.due_id = u.due_id
inner join touched as t on c.customer_id = t.customer_id
group by c.customer_id, c.due_id;

analyze identity;
analyze contacted;
