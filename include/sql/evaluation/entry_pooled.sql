-- Who entered a continuous campaign within a period: each person once in an epoch, with the first entry of the epoch by
-- whichever of the accounts that share the key of the arm. Later
-- entries were chosen by what the earlier ones did: they are counted and not compared.
-- :campaign                                              name
-- :occasions, :waves, :send_dates, :epochs, :shares      approved waves of these epochs, also from before the period
-- :first_send_date, :last_send_date                      period
drop view if exists entry;

drop table if exists first_entry;

create temporary table first_entry on commit drop as
with approved as (
    select *
    from unnest(
        cast(:occasions as text[]), cast(:waves as text[]), cast(:send_dates as date[]), cast(:epochs as text[]),
        cast(:shares as text[])
    ) as w (occasion, wave, send_date, epoch, shares)
),

first_of_epoch as (
    select distinct on (a.person_key, w.epoch)
        a.*,
        w.epoch,
        w.shares,
        to_char(a.send_date, 'YYYY-MM') as month
    from crm.assignment as a
    inner join approved as w on a.occasion = w.occasion and a.wave = w.wave and a.send_date = w.send_date
    where a.campaign = :campaign
    order by
        a.person_key asc, w.epoch asc, a.planned_send_at asc, a.customer_id asc, a.occasion asc, a.instance asc, a.wave asc
),

-- What was sent from the next epoch's first entry on belongs to that one, though this one's window is open still.
with_next as (
    select
        f.*,
        lead(f.planned_send_at) over account as next_at,
        coalesce(lead(f.treated) over account, false) as next_treated
    from first_of_epoch as f
    window account as (partition by f.customer_id order by f.planned_send_at, f.epoch)
)

select f.*
from with_next as f
where f.send_date between :first_send_date and :last_send_date;

analyze first_entry;

create temporary view entry as
select
    f.customer_id,
    f.occasion,
    f.instance,
    f.wave,
    f.planned_send_at,
    f.treated,
    f.segment,
    f.tier,
    f.channel,
    f.variant,
    f.shares,
    f.month,
    f.next_at,
    f.next_treated,
    f.spent_before
from first_entry as f
