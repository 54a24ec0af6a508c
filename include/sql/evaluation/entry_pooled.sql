-- Who entered a continuous campaign within a period: each customer once in an epoch, with the first entry of the epoch. Later
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
    select distinct on (a.customer_id, w.epoch)
        a.*,
        w.shares,
        to_char(a.send_date, 'YYYY-MM') as month
    from crm.assignment as a
    inner join approved as w on a.occasion = w.occasion and a.wave = w.wave and a.send_date = w.send_date
    where a.campaign = :campaign
    order by a.customer_id asc, w.epoch asc, a.planned_send_at asc, a.occasion asc, a.instance asc, a.wave asc
)

select f.*
from first_of_epoch as f
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
    f.spent_before
from first_entry as f
