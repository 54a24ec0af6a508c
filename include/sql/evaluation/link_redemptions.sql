-- Purchases of new files that name one of our codes. The first one known redeems its coupon, for good: an order that is
-- cancelled or refunded later gives the code back to nobody, and whatever names it again is recorded as repeated.
-- Appends, never changes a row; follows the files that came in, not the history.
-- :file_version_ids  file versions not yet collected
drop table if exists named_code, owned_code;

create temporary table named_code on commit drop as
select distinct on (n.code, o.order_key)
    n.code,
    o.order_key,
    o.file_version_id,
    o.customer_id as buyer_id,
    o.ordered_at,
    o.ordered_on,
    o.known_on
from crm.orders as o
cross join lateral (select distinct upper(trim(c.code)) as code from unnest(o.coupon_codes) as c (code)) as n
where
    o.file_version_id = any(cast(:file_version_ids as bigint[]))
    and o.coupon_codes is not null
    and crm.is_purchase(o.status, o.amount, (
        select sum(r.amount)
        from crm.refund as r
        where
            r.customer_id = o.customer_id and r.order_key = o.order_key
            and crm.is_known(r.known_on, r.known_until, o.known_on)
    ))
    and right(n.code, 1) = crm.coupon_check(left(n.code, -1))
order by n.code, o.order_key, o.known_on, o.file_version_id;

create temporary table owned_code on commit drop as
select
    n.*,
    c.customer_id
from named_code as n
inner join crm.coupon_code as c on n.code = c.code;

insert into crm.coupon_use (
    customer_id, code, order_key, file_version_id, outcome, buyer_id, ordered_at, known_on
)
with used as (
    select
        o.*,
        o.ordered_on <= c.expires_on as in_time,
        r.customer_id is not null as redeemed_before
    from owned_code as o
    inner join crm.coupon as c on o.customer_id = c.customer_id and o.code = c.code
    left join crm.coupon_use as r
        on o.customer_id = r.customer_id and o.code = r.code and r.outcome = 'redeemed'
    left join crm.coupon_use as s
        on o.customer_id = s.customer_id and o.code = s.code and o.order_key = s.order_key
    where s.customer_id is null
),

placed as (
    select
        u.*,
        row_number() over (
            partition by u.customer_id, u.code, u.in_time order by u.known_on, u.ordered_at, u.order_key
        ) as place
    from used as u
)

select
    customer_id,
    code,
    order_key,
    file_version_id,
    case
        when redeemed_before then 'repeated'
        when not in_time then 'expired'
        when place = 1 then 'redeemed'
        else 'repeated'
    end as outcome,
    buyer_id,
    ordered_at,
    known_on
from placed;
