-- What the treated took off by coupons of the campaign, by window and cell: fitted ones that were redeemed, and orders that
-- name the offer's own code, the same for all. Where the windows of two epochs overlap, a coupon counts once: a fitted one in
-- the epoch that issued it, the shop's own code in the later one that had it. Reads entry.
-- :campaign, :occasion, :wave  as in evaluation/cells; pooled: every coupon of the campaign within the window
-- :send_dates            send dates of the waves
-- :codes                 codes that the offers name, in capitals
-- :as_of                 business date
-- :windows, :closed_by   as in evaluation/cells
with redeemed as (
    select
        e.segment,
        e.tier,
        e.channel,
        e.variant,
        e.shares,
        e.month,
        e.planned_send_at,
        u.ordered_at,
        k.value as cost
    from entry as e
    inner join crm.coupon as k on e.customer_id = k.customer_id
    inner join crm.coupon_use as u on k.customer_id = u.customer_id and k.code = u.code
    left join crm.assignment as a
        on
            k.customer_id = a.customer_id
            and k.campaign = a.campaign
            and k.occasion = a.occasion
            and k.instance = a.instance
            and k.wave = a.wave
    where
        e.treated
        and k.campaign = :campaign
        and (cast(:occasion as text) is null or k.occasion = :occasion)
        and (cast(:wave as text) is null or k.wave = :wave)
        and u.outcome = 'redeemed'
        and u.known_on <= :as_of
        and u.ordered_at >= e.planned_send_at
        and coalesce(a.planned_send_at >= e.planned_send_at, true)
        and coalesce(a.planned_send_at < e.next_at, true)
    union all
    select
        e.segment,
        e.tier,
        e.channel,
        e.variant,
        e.shares,
        e.month,
        e.planned_send_at,
        c.ordered_at,
        d.coupon_cost as cost
    from entry as e
    inner join crm.conversion as c
        on e.customer_id = c.customer_id and e.occasion = c.occasion and e.instance = c.instance and e.wave = c.wave
    inner join crm.decision as d
        on
            c.customer_id = d.customer_id
            and c.campaign = d.campaign
            and c.occasion = d.occasion
            and c.instance = d.instance
            and c.wave = d.wave
    where
        cardinality(cast(:codes as text[])) > 0
        and e.treated
        and c.campaign = :campaign
        and c.send_date = any(cast(:send_dates as date[]))
        and c.coupon_codes is not null
        and crm.is_known(c.known_on, c.known_until, :as_of)
        and (e.next_at is null or c.ordered_at < e.next_at or not e.next_treated)
        and exists (
            select 1 from unnest(c.coupon_codes) as n (code)
            where upper(trim(n.code)) = upper(trim(d.offer ->> 'code'))
        )
)

select
    w.days,
    r.segment,
    r.tier,
    r.channel,
    r.variant,
    r.shares,
    r.month,
    sum(r.cost) as coupon_cost
from redeemed as r
inner join unnest(cast(:windows as integer[])) as w (days)
    on
        r.ordered_at < r.planned_send_at + make_interval(hours => 24 * w.days)
        and (
            cast(:closed_by as timestamptz) is null
            or r.planned_send_at + make_interval(hours => 24 * w.days) <= :closed_by
        )
group by w.days, r.segment, r.tier, r.channel, r.variant, r.shares, r.month
