-- Customers (the anonymous ones left out) by segment and tier; each of the two adds up to the total.
-- Without a segment: too few buyers for scores. Without a tier: never bought.
with standing as (
    select
        coalesce(s.segment, 'no_segment') as segment,
        coalesce(s.tier, 'no_purchase') as tier
    from crm.customer as c
    left join crm.customer_state as s on c.customer_id = s.customer_id
    where not c.is_anonymous
),

segments as (
    select
        segment,
        count(*) as customers
    from standing
    group by segment
),

tiers as (
    select
        tier,
        count(*) as customers
    from standing
    group by tier
)

select
    (select count(*) from standing) as total,
    (select coalesce(jsonb_object_agg(segment, customers), '{}') from segments) as by_segment,
    (select coalesce(jsonb_object_agg(tier, customers), '{}') from tiers) as by_tier;
