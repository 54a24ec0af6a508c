-- What others would claim for the campaign, to stand beside what its holdout says: orders whose last message before them was
-- its own (of any campaign's messages that were taken: every order counts for one of them), and orders that name its coupon.
-- Of the treated, in the window; orders of which something is left, net of refunds. Reads entry.
-- :campaign, :occasion, :wave  as in evaluation/cells
-- :send_dates            send dates of the waves
-- :codes                 codes that the offers name, in capitals
-- :as_of, :windows, :closed_by  as in evaluation/cells
drop table if exists sold;

create temporary table sold on commit drop as
with paid_back as (
    select
        c.customer_id,
        c.order_key,
        c.file_version_id,
        sum(x.amount) as amount
    from (
        select distinct
            b.customer_id,
            b.order_key,
            b.file_version_id
        from crm.conversion as b
        where
            b.campaign = :campaign
            and (cast(:occasion as text) is null or b.occasion = :occasion)
            and (cast(:wave as text) is null or b.wave = :wave)
            and b.send_date = any(cast(:send_dates as date[]))
    ) as c
    inner join crm.refund as x on c.customer_id = x.customer_id and c.order_key = x.order_key
    where crm.is_known(x.known_on, x.known_until, :as_of)
    group by c.customer_id, c.order_key, c.file_version_id
)

select
    c.customer_id,
    c.order_key,
    c.ordered_at,
    c.after,
    c.coupon_codes,
    e.planned_send_at,
    c.amount - coalesce(r.amount, 0) as net
from entry as e
inner join crm.conversion as c
    on e.customer_id = c.customer_id and e.occasion = c.occasion and e.instance = c.instance and e.wave = c.wave
left join paid_back as r
    on
        c.customer_id = r.customer_id
        and c.order_key = r.order_key
        and c.file_version_id = r.file_version_id
where
    e.treated
    and c.campaign = :campaign
    and (cast(:occasion as text) is null or c.occasion = :occasion)
    and (cast(:wave as text) is null or c.wave = :wave)
    and c.send_date = any(cast(:send_dates as date[]))
    and crm.is_known(c.known_on, c.known_until, :as_of)
    and crm.is_purchase(c.status, c.amount, r.amount);

analyze sold;

with last_touch as (
    select distinct on (s.customer_id, s.order_key)
        s.customer_id,
        s.order_key,
        m.campaign,
        m.occasion,
        m.wave
    from sold as s
    inner join crm.message as m on s.customer_id = m.customer_id
    where m.accepted_at <= s.ordered_at
    order by s.customer_id asc, s.order_key asc, m.accepted_at desc, m.message_id asc
),

with_coupon as (
    select
        u.customer_id,
        u.order_key
    from sold as s
    inner join crm.coupon_use as u on s.customer_id = u.customer_id and s.order_key = u.order_key
    inner join crm.coupon as k on u.customer_id = k.customer_id and u.code = k.code
    where
        k.campaign = :campaign
        and (cast(:occasion as text) is null or k.occasion = :occasion)
        and (cast(:wave as text) is null or k.wave = :wave)
        and u.known_on <= :as_of
    group by u.customer_id, u.order_key
),

claimed as (
    select
        s.customer_id,
        s.order_key,
        s.after,
        s.planned_send_at,
        s.net,
        coalesce(
            t.campaign = :campaign
            and (cast(:occasion as text) is null or t.occasion = :occasion)
            and (cast(:wave as text) is null or t.wave = :wave),
            false
        ) as by_touch,
        k.customer_id is not null
        or exists (
            select 1 from unnest(s.coupon_codes) as n (code)
            where upper(trim(n.code)) = any(cast(:codes as text[]))
        ) as by_coupon
    from sold as s
    left join last_touch as t on s.customer_id = t.customer_id and s.order_key = t.order_key
    left join with_coupon as k on s.customer_id = k.customer_id and s.order_key = k.order_key
),

-- Where the windows of two epochs overlap, both hold the order: it is claimed once.
once as (
    select
        w.days,
        c.customer_id,
        c.order_key,
        max(c.net) as net,
        bool_or(c.by_touch) as by_touch,
        bool_or(c.by_coupon) as by_coupon
    from claimed as c
    inner join unnest(cast(:windows as integer[])) as w (days)
        on
            c.after < make_interval(hours => 24 * w.days)
            and (
                cast(:closed_by as timestamptz) is null
                or c.planned_send_at + make_interval(hours => 24 * w.days) <= :closed_by
            )
    where c.by_touch or c.by_coupon
    group by w.days, c.customer_id, c.order_key
)

select
    w.days,
    count(o.net) filter (where o.by_touch) as last_touch_orders,
    coalesce(sum(o.net) filter (where o.by_touch), 0) as last_touch_revenue,
    count(o.net) filter (where o.by_coupon) as coupon_orders,
    coalesce(sum(o.net) filter (where o.by_coupon), 0) as coupon_revenue
from unnest(cast(:windows as integer[])) as w (days)
left join once as o on w.days = o.days
group by w.days
