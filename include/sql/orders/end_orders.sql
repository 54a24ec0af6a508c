-- A file without order ids, or one that is read by a mended mapping, is replaced as a whole: what its earlier versions
-- brought and the new one lacks is over. (Of other files absent orders stay: a correction may name only what it corrects.)
with replaced as (
    select
        v.file_version_id as earlier_id,
        f.file_version_id,
        crm.known_on(f.business_date, f.floor_on, f.floor_before) as known_on
    from staging.file as f
    inner join crm.file_version as n on f.file_version_id = n.file_version_id
    inner join crm.file_version as v
        on
            f.shop = v.shop and f.kind = v.kind and f.source_file = v.source_file
            and f.file_version_id > v.file_version_id and v.status = 'published'
    where f.kind = 'orders' and (n.positional or v.positional or n.mapping_hash <> v.mapping_hash)
),

absent as (
    select
        o.customer_id,
        o.order_key,
        o.file_version_id,
        a.known_on
    from crm.orders as o
    inner join replaced as a on o.file_version_id = a.earlier_id
    left join staging.orders as s on o.order_key = s.order_key and a.file_version_id = s.file_version_id
    where o.known_until is null and s.order_key is null
),

refunds_absent as (
    select
        r.customer_id,
        r.refund_key,
        r.file_version_id,
        a.known_on
    from crm.refund as r
    inner join replaced as a on r.file_version_id = a.earlier_id
    left join staging.refund as s on r.refund_key = s.refund_key and a.file_version_id = s.file_version_id
    where r.known_until is null and s.refund_key is null
),

ended as (
    update crm.orders as o
    set known_until = greatest(o.known_on, a.known_on)
    from absent as a
    where o.customer_id = a.customer_id and o.order_key = a.order_key and o.file_version_id = a.file_version_id
    returning o.customer_id, o.order_key, o.file_version_id, o.ordered_on, o.known_on, o.known_until
),

refunds_ended as (
    update crm.refund as r
    set known_until = greatest(r.known_on, a.known_on)
    from refunds_absent as a
    where r.customer_id = a.customer_id and r.refund_key = a.refund_key and r.file_version_id = a.file_version_id
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
