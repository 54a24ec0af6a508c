-- The orders that rows from :since on are made of, as known on :as_of: every order of the customers who bought in the dates to
-- compute, or whose purchase leaves a trailing window in them, and of the anonymous customer those dates alone. So a day costs
-- the buyers of a few days. Accounts that place fake orders are left out.
-- :since                 first date to compute
-- :as_of                 last date to compute, and business date of the facts
-- :repurchase_days       trailing days of the repurchase rate
-- :second_purchase_days  how soon a second purchase must follow
drop table if exists indicator_customer, indicator_order;

create temporary table indicator_customer on commit drop as
with anonymous as (
    select customer_id from crm.customer
    where is_anonymous
),

buyer as (
    select o.customer_id
    from crm.orders as o
    where
        o.ordered_on between cast(date_trunc('month', cast(:since as timestamp)) as date) and :as_of
        or o.ordered_on between cast(:since as date) - :repurchase_days and cast(:as_of as date) - :repurchase_days
        or o.ordered_on
        between cast(:since as date) - :second_purchase_days and cast(:as_of as date) - :second_purchase_days
    group by o.customer_id
    union
    -- Refunds that name no order count on their own day.
    select r.customer_id
    from crm.refund as r
    where
        r.order_key is null
        and r.refunded_on between cast(date_trunc('month', cast(:since as timestamp)) as date) and :as_of
)

select
    b.customer_id,
    a.customer_id is not null as is_anonymous,
    case
        when a.customer_id is null then '-infinity'
        else cast(date_trunc('month', cast(:since as timestamp)) as date)
    end as read_from
from buyer as b
left join anonymous as a on b.customer_id = a.customer_id
where
    b.customer_id not in (
        select p.customer_id
        from crm.customer_profile as p
        where p.fake_orders and crm.is_known(p.valid_from, p.valid_to, :as_of)
    );

analyze indicator_customer;

create temporary table indicator_order on commit drop as
select
    o.customer_id,
    o.order_key,
    o.shop,
    o.ordered_on,
    o.ordered_at,
    o.status,
    o.amount,
    c.is_anonymous
from indicator_customer as c
inner join crm.orders as o on c.customer_id = o.customer_id and c.read_from <= o.ordered_on
where
    o.ordered_on <= :as_of
    and crm.is_known(o.known_on, o.known_until, :as_of);

analyze indicator_order;
