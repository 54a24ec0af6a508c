-- The people of the new versions, with their arms. Ids become keys and are not kept. Where the file tells no stratum or tier,
-- those count that the warehouse knew on the day before, as at the assignment of a live campaign.
-- :key_space     shop whose ids they are, or a space of the mapping's own
-- :is_shop       they are a shop's
-- :has_segment, :has_tier  the mapping names a column for it
-- :treated, :variants      values of the arm column that were written to (lower case), and the variant of each
-- :time_zone     the business's
insert into crm.imported_assignment (
    customer_id, campaign, occasion, version, starts_at, treated, segment, tier, channel, variant, spent_before,
    accepted, delivered, opened, clicked
)
with arm as (
    select
        t.value,
        t.variant
    from unnest(cast(:treated as text[]), cast(:variants as text[])) as t (value, variant)
),

entry as (
    select
        p.*,
        v.occasion as known_occasion,
        v.version,
        crm.key64(cast(:key_space as text), p.person) as customer_id,
        cast(p.starts_at as timestamptz) as starts,
        cast(cast(p.starts_at as timestamptz) at time zone cast(:time_zone as text) as date) - 1 as day_before
    from staged_person as p
    inner join new_version as v on p.campaign = v.campaign and coalesce(p.occasion, '') = v.occasion
),

history as (
    select
        h.customer_id,
        h.valid_from,
        h.valid_to,
        h.segment,
        h.tier
    from crm.customer_history as h
    where :is_shop and not (:has_segment and :has_tier) and h.customer_id in (select e.customer_id from entry as e)
)

select
    e.customer_id,
    e.campaign,
    e.known_occasion as occasion,
    e.version,
    e.starts as starts_at,
    a.value is not null as treated,
    coalesce(case when :has_segment then e.segment else h.segment end, 'none') as segment,
    coalesce(case when :has_tier then e.tier else h.tier end, 'none') as tier,
    coalesce(e.channel, 'unknown') as channel,
    coalesce(a.variant, '') as variant,
    coalesce(cast(e.spent_before as double precision), 0) as spent_before,
    cast(e.accepted as boolean) as accepted,
    cast(e.delivered as boolean) as delivered,
    cast(e.opened as boolean) as opened,
    cast(e.clicked as boolean) as clicked
from entry as e
left join arm as a on lower(e.arm) = a.value
left join history as h
    on e.customer_id = h.customer_id and crm.is_known(h.valid_from, h.valid_to, e.day_before)
