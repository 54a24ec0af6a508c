-- Who entered an imported campaign, once each, for the steps that follow. Where the warehouse knows the customers' orders
-- and the file does not tell it, what they spent before is read from the orders, as known on the day before.
-- :campaign, :occasion, :version  of crm.imported_campaign
-- :covariate_days  days before starts_at whose revenue is the covariate; null = the file's own
-- :time_zone       the business's
drop table if exists imported_entry;

create temporary table imported_entry on commit drop as
with entry as (
    select
        a.*,
        cast(a.starts_at at time zone cast(:time_zone as text) as date) - 1 as day_before
    from crm.imported_assignment as a
    where a.campaign = :campaign and a.occasion = :occasion and a.version = :version
),

before as (
    select
        e.customer_id,
        o.order_key,
        o.status,
        o.amount,
        e.day_before
    from entry as e
    inner join crm.orders as o
        on
            e.customer_id = o.customer_id
            and o.ordered_at < e.starts_at
            and o.ordered_at >= e.starts_at - make_interval(days => cast(:covariate_days as integer))
            and crm.was_paid(o.status)
            and crm.is_known(o.known_on, o.known_until, e.day_before)
    where cast(:covariate_days as integer) is not null
),

refunded as (
    select
        b.customer_id,
        b.order_key,
        sum(r.amount) as amount
    from before as b
    inner join crm.refund as r
        on
            b.customer_id = r.customer_id
            and b.order_key = r.order_key
            and crm.is_known(r.known_on, r.known_until, b.day_before)
    group by b.customer_id, b.order_key
),

spent as (
    select
        b.customer_id,
        sum(b.amount - crm.paid_back(b.status, b.amount, r.amount)) as amount
    from before as b
    left join refunded as r on b.customer_id = r.customer_id and b.order_key = r.order_key
    group by b.customer_id
)

select
    e.customer_id,
    e.starts_at,
    e.treated,
    e.segment,
    e.tier,
    e.channel,
    e.variant,
    e.accepted,
    e.delivered,
    e.opened,
    e.clicked,
    case
        when cast(:covariate_days as integer) is null then e.spent_before
        else coalesce(s.amount, 0)
    end as spent_before
from entry as e
left join spent as s on e.customer_id = s.customer_id;

analyze imported_entry
