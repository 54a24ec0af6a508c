-- What came of it, for the new versions; rows of zeros alone are not kept. Refunds are taken off the revenue here, once.
-- :key_space  as for the assignments
-- :measures   measures that the mapping names; the others stay null: not told is not nothing
insert into crm.imported_outcome (
    customer_id, campaign, occasion, version, window_days, converted, orders, revenue, refunds, redeemed
)
with told as (
    select
        'converted' = any(cast(:measures as text[])) as converted,
        'orders' = any(cast(:measures as text[])) as orders,
        'revenue' = any(cast(:measures as text[])) as revenue,
        'refunds' = any(cast(:measures as text[])) as refunds,
        'redeemed' = any(cast(:measures as text[])) as redeemed
),

outcome as (
    select
        crm.key64(cast(:key_space as text), p.person) as customer_id,
        p.campaign,
        v.occasion,
        v.version,
        cast(o.window_days as integer) as window_days,
        case
            when t.converted
                then case
                    when o.converted ~ '^\d' then cast(o.converted as numeric) > 0
                    else coalesce(lower(o.converted) in ('true', 'yes', 'y', 't'), false)
                end
        end as converted,
        case when t.orders then cast(coalesce(cast(o.orders as numeric), 0) as integer) end as orders,
        case
            when t.revenue then coalesce(cast(o.revenue as numeric), 0) - coalesce(cast(o.refunds as numeric), 0)
        end as revenue,
        case when t.refunds then coalesce(cast(o.refunds as numeric), 0) end as refunds,
        case when t.redeemed then cast(coalesce(cast(o.redeemed as numeric), 0) as integer) end as redeemed
    from staged_outcome as o
    inner join staged_person as p on o.row_number = p.row_number
    inner join new_version as v on p.campaign = v.campaign and coalesce(p.occasion, '') = v.occasion
    cross join told as t
)

select
    customer_id,
    campaign,
    occasion,
    version,
    window_days,
    converted,
    orders,
    revenue,
    refunds,
    redeemed
from outcome
where converted or orders > 0 or revenue > 0 or refunds > 0 or redeemed > 0
