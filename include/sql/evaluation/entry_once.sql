-- Who entered an occasion's wave: a customer has one entry in it. A view, so that the sums over it may run in parallel.
-- :campaign, :occasion, :wave  wave of an occasion
-- :send_dates                  its send dates that were approved
drop view if exists entry;

create temporary view entry as
select
    a.customer_id,
    a.occasion,
    a.instance,
    a.wave,
    a.planned_send_at,
    a.treated,
    a.segment,
    a.tier,
    a.channel,
    a.variant,
    '' as shares,
    '' as month,
    cast(null as timestamptz) as next_at,
    false as next_treated,
    a.spent_before
from crm.assignment as a
where
    a.campaign = :campaign
    and a.occasion = :occasion
    and a.wave = :wave
    and a.send_date = any(cast(:send_dates as date[]))
