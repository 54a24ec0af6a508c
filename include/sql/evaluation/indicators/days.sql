-- Rows of crm.shop_indicator from :since on: a new version of each that is not what it was. One pass, however many dates: running
-- figures are sums of events (+1 when a customer enters a count, -1 when one leaves it) on top of the row before :since.
-- :since, :as_of         dates to compute; facts as known on :as_of
-- :repurchase_days       trailing days of the repurchase rate
-- :second_purchase_days  how soon a second purchase must follow
-- :low_open_rate, :low_open_delivered, :low_open_after_days  when a low open rate is a warning
insert into crm.shop_indicator (
    shop, business_date, version, as_of, orders_placed, orders_paid, purchases, gross_revenue, refunds, net_revenue,
    anonymous_revenue, buyers, returning_buyers, returning_revenue, new_members, members, year_buyers, year_repeaters,
    first_buyers, second_buyers, messages_accepted, messages_delivered, messages_responded, unsubscribes,
    emails_delivered, emails_opened, emails_clicked, deliverability_warning
)
with before as (
    -- Nothing of these rows has changed: what changed lies at :since or later.
    select distinct on (i.shop) i.*
    from crm.shop_indicator as i
    where i.business_date < :since
    order by i.shop asc, i.business_date desc, i.version desc
),

ordered as (
    select
        f.shop,
        f.ordered_on as day,
        count(*) filter (where f.is_order) as placed,
        count(*) filter (where f.is_order and f.is_paid) as paid,
        count(*) filter (where f.is_purchase) as purchases,
        sum(f.amount) filter (where f.is_paid) as gross,
        sum(f.refunded) filter (where f.is_paid) as refunds,
        sum(f.amount - f.refunded) filter (where f.is_paid and f.is_anonymous) as anonymous
    from indicator_fact as f
    where f.ordered_on >= :since
    group by f.shop, f.ordered_on
),

buyer as (
    select
        p.shop,
        p.ordered_on as day,
        max(p.nth) as to_date,
        sum(p.net) as net
    from indicator_purchase as p
    where p.ordered_on >= :since
    group by p.shop, p.ordered_on, p.customer_id
),

bought as (
    select
        b.shop,
        b.day,
        count(*) as buyers,
        count(*) filter (where b.to_date > 1) as returning_buyers,
        sum(b.net) filter (where b.to_date > 1) as returning_revenue
    from buyer as b
    group by b.shop, b.day
),

placed as (
    -- A customer is among the year's buyers from a purchase until the next one, or until it is a year old; among the year's
    -- repeaters as long as the purchase before is not a year old either.
    select
        p.*,
        least(p.next_on, p.ordered_on + :repurchase_days) as buyer_until,
        greatest(p.ordered_on, least(p.next_on, p.previous_on + :repurchase_days)) as repeater_until
    from indicator_purchase as p
    where
        least(p.next_on, p.ordered_on + :repurchase_days) >= :since
        or (p.nth = 1 and p.ordered_on + :second_purchase_days >= :since)
),

moved as (
    select
        p.shop,
        p.ordered_on as day,
        count(*) filter (where p.nth = 1) as members,
        count(*) as year_buyers,
        count(*) filter (where p.nth > 1) as year_repeaters,
        0 as first_buyers,
        0 as second_buyers
    from placed as p
    where p.ordered_on >= :since
    group by p.shop, p.ordered_on
    union all
    select
        p.shop,
        p.buyer_until as day,
        0 as members,
        -count(*) as year_buyers,
        0 as year_repeaters,
        0 as first_buyers,
        0 as second_buyers
    from placed as p
    where p.buyer_until between :since and :as_of
    group by p.shop, p.buyer_until
    union all
    select
        p.shop,
        p.repeater_until as day,
        0 as members,
        0 as year_buyers,
        -count(*) as year_repeaters,
        0 as first_buyers,
        0 as second_buyers
    from placed as p
    where p.nth > 1 and p.repeater_until between :since and :as_of
    group by p.shop, p.repeater_until
    union all
    select
        p.shop,
        p.ordered_on + :second_purchase_days as day,
        0 as members,
        0 as year_buyers,
        0 as year_repeaters,
        count(*) as first_buyers,
        count(*) filter (where p.next_on <= p.ordered_on + :second_purchase_days) as second_buyers
    from placed as p
    where p.nth = 1 and p.ordered_on + :second_purchase_days between :since and :as_of
    group by p.shop, p.ordered_on
),

event as (
    select
        m.shop,
        m.day,
        sum(m.members) as members,
        sum(m.year_buyers) as year_buyers,
        sum(m.year_repeaters) as year_repeaters,
        sum(m.first_buyers) as first_buyers,
        sum(m.second_buyers) as second_buyers
    from moved as m
    group by m.shop, m.day
),

sent as (
    select
        coalesce(customer.shop, '') as shop,
        m.send_date as day,
        count(*) as accepted,
        count(*) filter (where a.delivered) as delivered,
        count(*) filter (where a.clicked or c.message_id is not null) as responded,
        count(*) filter (where a.opted_out) as unsubscribes,
        count(*) filter (where m.channel = 'email' and a.delivered) as emails_delivered,
        count(*) filter (where m.channel = 'email' and a.opened) as emails_opened,
        count(*) filter (where m.channel = 'email' and a.clicked) as emails_clicked
    from indicator_message as m
    left join crm.customer as customer on m.customer_id = customer.customer_id
    left join indicator_answer as a on m.customer_id = a.customer_id and m.message_id = a.message_id
    left join indicator_conversion as c on m.customer_id = c.customer_id and m.message_id = c.message_id
    group by coalesce(customer.shop, ''), m.send_date
),

shown as (
    -- Dates that have rows: delivered ones, and those of orders and messages that lie outside of them.
    select d.business_date as day
    from crm.delivery as d
    where d.business_date between :since and :as_of
    union
    select i.business_date
    from crm.shop_indicator as i
    where i.business_date between :since and :as_of
    union
    select o.day
    from ordered as o
    union
    select s.day
    from sent as s
),

calendar as (
    select day from shown
    union
    select day from event
),

started as (
    -- A shop has rows from its first delivery or order on.
    select
        s.shop,
        min(s.day) as day
    from (
        select
            d.shop,
            d.business_date as day
        from crm.delivery as d
        union all
        select
            o.shop,
            o.day
        from ordered as o
        union all
        select
            b.shop,
            b.business_date
        from before as b
        where b.shop <> ''
        union all
        -- Messages of customers of whom nothing is known any more.
        select
            '' as shop,
            'infinity' as day
    ) as s
    group by s.shop
),

cell as (
    select
        s.shop,
        c.day,
        c.day >= s.day as is_shown,
        coalesce(o.placed, 0) as orders_placed,
        coalesce(o.paid, 0) as orders_paid,
        coalesce(o.purchases, 0) as purchases,
        coalesce(o.gross, 0) as gross_revenue,
        coalesce(o.refunds, 0) as refunds,
        coalesce(o.anonymous, 0) as anonymous_revenue,
        coalesce(b.buyers, 0) as buyers,
        coalesce(b.returning_buyers, 0) as returning_buyers,
        coalesce(b.returning_revenue, 0) as returning_revenue,
        coalesce(e.members, 0) as new_members,
        coalesce(f.members, 0) + coalesce(sum(e.members) over so_far, 0) as members,
        coalesce(f.year_buyers, 0) + coalesce(sum(e.year_buyers) over so_far, 0) as year_buyers,
        coalesce(f.year_repeaters, 0) + coalesce(sum(e.year_repeaters) over so_far, 0) as year_repeaters,
        coalesce(f.first_buyers, 0) + coalesce(sum(e.first_buyers) over so_far, 0) as first_buyers,
        coalesce(f.second_buyers, 0) + coalesce(sum(e.second_buyers) over so_far, 0) as second_buyers,
        coalesce(m.accepted, 0) as messages_accepted,
        coalesce(m.delivered, 0) as messages_delivered,
        coalesce(m.responded, 0) as messages_responded,
        coalesce(m.unsubscribes, 0) as unsubscribes,
        coalesce(m.emails_delivered, 0) as emails_delivered,
        coalesce(m.emails_opened, 0) as emails_opened,
        coalesce(m.emails_clicked, 0) as emails_clicked
    from started as s
    cross join calendar as c
    left join before as f on s.shop = f.shop and f.shop <> ''
    left join ordered as o on s.shop = o.shop and c.day = o.day
    left join bought as b on s.shop = b.shop and c.day = b.day
    left join event as e on s.shop = e.shop and c.day = e.day
    left join sent as m on s.shop = m.shop and c.day = m.day
    window so_far as (partition by s.shop order by c.day)
),

summed as (
    -- A customer belongs to one shop, so that all shops together are the sum of each.
    select
        case when grouping(c.shop) = 0 then c.shop else '' end as shop,
        c.day as business_date,
        bool_or(c.is_shown) or grouping(c.shop) = 1 as is_shown,
        grouping(c.shop) = 0 and c.shop = '' as is_unknown,
        sum(c.orders_placed) as orders_placed,
        sum(c.orders_paid) as orders_paid,
        sum(c.purchases) as purchases,
        sum(c.gross_revenue) as gross_revenue,
        sum(c.refunds) as refunds,
        sum(c.gross_revenue) - sum(c.refunds) as net_revenue,
        sum(c.anonymous_revenue) as anonymous_revenue,
        sum(c.buyers) as buyers,
        sum(c.returning_buyers) as returning_buyers,
        sum(c.returning_revenue) as returning_revenue,
        sum(c.new_members) as new_members,
        sum(c.members) as members,
        sum(c.year_buyers) as year_buyers,
        sum(c.year_repeaters) as year_repeaters,
        sum(c.first_buyers) as first_buyers,
        sum(c.second_buyers) as second_buyers,
        sum(c.messages_accepted) as messages_accepted,
        sum(c.messages_delivered) as messages_delivered,
        sum(c.messages_responded) as messages_responded,
        sum(c.unsubscribes) as unsubscribes,
        sum(c.emails_delivered) as emails_delivered,
        sum(c.emails_opened) as emails_opened,
        sum(c.emails_clicked) as emails_clicked,
        -- Opens take a day or two; a few messages prove nothing.
        sum(c.emails_delivered) >= :low_open_delivered
        and sum(c.emails_opened) < :low_open_rate * sum(c.emails_delivered)
        and c.day <= cast(:as_of as date) - :low_open_after_days as deliverability_warning
    from cell as c
    where c.day in (select s.day from shown as s)
    group by grouping sets ((c.shop, c.day), (c.day))
),

latest as (
    select distinct on (i.shop, i.business_date) i.*
    from crm.shop_indicator as i
    where i.business_date between :since and :as_of
    order by i.shop asc, i.business_date asc, i.version desc
)

select
    n.shop,
    n.business_date,
    coalesce(l.version, 0) + 1 as version,
    cast(:as_of as date) as as_of,
    n.orders_placed,
    n.orders_paid,
    n.purchases,
    n.gross_revenue,
    n.refunds,
    n.net_revenue,
    n.anonymous_revenue,
    n.buyers,
    n.returning_buyers,
    n.returning_revenue,
    n.new_members,
    n.members,
    n.year_buyers,
    n.year_repeaters,
    n.first_buyers,
    n.second_buyers,
    n.messages_accepted,
    n.messages_delivered,
    n.messages_responded,
    n.unsubscribes,
    n.emails_delivered,
    n.emails_opened,
    n.emails_clicked,
    n.deliverability_warning
from summed as n
left join latest as l on n.shop = l.shop and n.business_date = l.business_date
where
    n.is_shown
    and not n.is_unknown
    and (
        l.shop is null
        or (
            n.orders_placed, n.orders_paid, n.purchases, n.gross_revenue, n.refunds, n.anonymous_revenue, n.buyers,
            n.returning_buyers, n.returning_revenue, n.new_members, n.members, n.year_buyers, n.year_repeaters,
            n.first_buyers, n.second_buyers, n.messages_accepted, n.messages_delivered, n.messages_responded,
            n.unsubscribes, n.emails_delivered, n.emails_opened, n.emails_clicked, n.deliverability_warning
        ) is distinct from (
            l.orders_placed, l.orders_paid, l.purchases, l.gross_revenue, l.refunds, l.anonymous_revenue, l.buyers,
            l.returning_buyers, l.returning_revenue, l.new_members, l.members, l.year_buyers, l.year_repeaters,
            l.first_buyers, l.second_buyers, l.messages_accepted, l.messages_delivered, l.messages_responded,
            l.unsubscribes, l.emails_delivered, l.emails_opened, l.emails_clicked, l.deliverability_warning
        )
    )
