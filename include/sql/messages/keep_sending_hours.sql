-- A channel's sending hours, in the customer's time zone as of the business date: what is planned earlier waits until they
-- open, and send_by is their end at the latest. What is planned after their end is skipped when its turn comes.
-- :channel, :opens, :closes (local times), :send_date, :business_date, :time_zone (of the business)
with known_zone as (
    select name from pg_timezone_names
),
zoned as (
    select
        f.customer_id,
        coalesce(z.name, :time_zone) as time_zone
    from fresh_message as f
    left join crm.customer_profile as p
        on
            f.customer_id = p.customer_id
            and p.valid_from <= :business_date and (p.valid_to is null or p.valid_to > :business_date)
    left join known_zone as z on p.time_zone = z.name
    where f.channel = :channel
    group by f.customer_id, z.name
)
update fresh_message as f
set
    planned_send_at = greatest(
        f.planned_send_at, (cast(:send_date as date) + cast(:opens as time)) at time zone zoned.time_zone
    ),
    send_by = least(f.send_by, (cast(:send_date as date) + cast(:closes as time)) at time zone zoned.time_zone)
from zoned
where f.customer_id = zoned.customer_id and f.channel = :channel
