-- Who entered a continuous campaign within a period: each customer once, from the first entry.
-- :campaign    name
-- :send_dates  send dates of the period that were approved
drop view if exists entry;

drop table if exists first_entry;

create temporary table first_entry on commit drop as
select distinct on (a.customer_id) a.*
from crm.assignment as a
where a.campaign = :campaign and a.send_date = any(cast(:send_dates as date[]))
order by a.customer_id asc, a.planned_send_at asc, a.occasion asc, a.instance asc, a.wave asc;

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
    f.spent_before
from first_entry as f
