-- A candidate is decided once: what an earlier date decided holds, and so does an earlier pass over this one. Of whom a
-- send has contacted nobody, because it was rejected, not answered, or never left, may be decided again when it is moved.
-- What an event is about tells it from others, not the date that it is sent on: the year of the birthday (decisions named
-- by the year of their send date count by the birthday's own date), the item and its last purchase; a holiday's occasion
-- that was moved over New Year is the one it was, because the next one is no less than half a year away. Makes decided_before
-- (customer_id, due_id, campaign, send_date) and void_send (campaign, send_date: whose contacts are all released).
-- A dry run looks at the date as if it had not been planned, and keeps those who were decided before to say so.
-- Parameters: business_date, send_date, dry
alter table candidate add primary key (customer_id, due_id);
analyze candidate;

create temporary table decided_before on commit drop as
select
    c.customer_id,
    c.due_id,
    d.campaign,
    d.send_date
from candidate as c
inner join due as u on c.due_id = u.due_id
inner join crm.decision as d
    on c.customer_id = d.customer_id and u.campaign = d.campaign and u.occasion = d.occasion and u.wave = d.wave
where
    regexp_replace(d.instance, ':again:[-0-9]{10}$', '') = c.instance
    and (d.business_date < :business_date or not :dry)
union
select
    c.customer_id,
    c.due_id,
    d.campaign,
    d.send_date
from candidate as c
inner join due as u on c.due_id = u.due_id and u.kind in ('birthday', 'repurchase')
inner join crm.decision as d on c.customer_id = d.customer_id and u.campaign = d.campaign and u.wave = d.wave
where
    regexp_replace(d.instance, ':again:[-0-9]{10}$', '') = c.instance
    and (u.kind = 'repurchase' or extract(year from d.occasion_date) = extract(year from u.occasion_date))
    and (d.business_date < :business_date or not :dry)
union
select
    c.customer_id,
    c.due_id,
    d.campaign,
    d.send_date
from candidate as c
inner join due as u on c.due_id = u.due_id and u.kind = 'holiday'
cross join (values (-1), (1)) as y (step)
inner join crm.decision as d
    on
        c.customer_id = d.customer_id and u.campaign = d.campaign and u.wave = d.wave
        and d.occasion = left(u.occasion, -4) || (cast(substring(u.occasion from '-([0-9]{4})$') as integer) + y.step)
where
    regexp_replace(d.instance, ':again:[-0-9]{10}$', '') = c.instance
    and abs(d.occasion_date - u.occasion_date) <= 183
    and (d.business_date < :business_date or not :dry);

create temporary table void_send on commit drop as
with send as (
    select distinct
        campaign,
        send_date
    from decided_before
    where send_date <> :send_date
)

select
    s.campaign,
    s.send_date
from send as s
inner join lateral (
    select bool_and(t.released) as all_released
    from crm.contact_claim as t
    where t.campaign = s.campaign and t.send_date = s.send_date
) as t on t.all_released;

update candidate as c
set
    decided = not b.again,
    again = b.again
from (
    select
        d.customer_id,
        d.due_id,
        bool_and(v.campaign is not null) as again
    from decided_before as d
    left join void_send as v on d.campaign = v.campaign and d.send_date = v.send_date
    group by d.customer_id, d.due_id
) as b
where c.customer_id = b.customer_id and c.due_id = b.due_id;

delete from candidate
where decided and not :dry;

analyze candidate
