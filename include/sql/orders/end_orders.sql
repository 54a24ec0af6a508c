-- A file without order ids is replaced as a whole: what stands at a position that its new version lacks is over.
-- Such ids are "<file>#<position>", so the positions of the earlier versions find them.
with positions as (
    select
        f.file_version_id,
        crm.known_on(f.business_date, f.floor_on, f.floor_before) as known_on,
        crm.key64(f.shop, f.source_file || '#' || n.position) as order_key
    from staging.file as f
    cross join
        lateral (
            select max(v.lines_read) as lines
            from crm.file_version as v
            where v.shop = f.shop and v.kind = 'orders' and v.source_file = f.source_file
        ) as earlier
    cross join lateral generate_series(1, earlier.lines) as n (position)
    where f.kind = 'orders' and f.has_earlier
),

absent as (
    select
        p.order_key,
        p.file_version_id,
        p.known_on
    from positions as p
    where not exists (
        select from staging.orders as s
        where s.order_key = p.order_key and s.file_version_id = p.file_version_id
    )
),

ended as (
    update crm.orders as o
    set known_until = greatest(o.known_on, a.known_on)
    from absent as a
    where o.order_key = a.order_key and o.known_until is null
    returning o.customer_id, o.order_key, o.file_version_id, o.ordered_on, o.known_on, o.known_until
),

refunds_ended as (
    update crm.refund as r
    set known_until = greatest(r.known_on, a.known_on)
    from absent as a
    where r.refund_key = a.order_key and r.known_until is null
    returning r.customer_id, r.refund_key, r.file_version_id, r.refunded_on, r.known_on, r.known_until
)

insert into staging.settled (
    kind, key, file_version_id, customer_id, changed_on, known_on, is_new, stored, known_until, moved
)
select
    'order' as kind,
    order_key,
    file_version_id,
    customer_id,
    ordered_on,
    known_on,
    false as is_new,
    true as stored,
    known_until,
    true as moved
from ended
union all
select
    'refund' as kind,
    refund_key,
    file_version_id,
    customer_id,
    refunded_on,
    known_on,
    false as is_new,
    true as stored,
    known_until,
    true as moved
from refunds_ended;
