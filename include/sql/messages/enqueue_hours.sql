-- A channel's sending hours on the send date, in the time zone of each customer who is to be written to, as of the business
-- date.
-- :campaign, :send_date, :business_date, :channel, :opens, :closes (local times), :time_zone (of the business)
with known_zone as (
    select name from pg_timezone_names
),

zoned as (
    select distinct
        d.customer_id,
        coalesce(z.name, :time_zone) as time_zone
    from crm.decision as d
    left join crm.customer_profile as p
        on
            d.customer_id = p.customer_id
            and crm.is_known(p.valid_from, p.valid_to, :business_date)
    left join known_zone as z on p.time_zone = z.name
    where d.campaign = :campaign and d.send_date = :send_date and d.decision = 'include' and d.channel = :channel
)

insert into sending_hours (customer_id, channel, opens_at, closes_at)
select
    customer_id,
    cast(:channel as text) as channel,
    (cast(:send_date as date) + cast(:opens as time)) at time zone time_zone as opens_at,
    (cast(:send_date as date) + cast(:closes as time)) at time zone time_zone as closes_at
from zoned
