-- Refunds of which there is more than one word. All parts of a refund are one content.
with contested as (
    select refund_key
    from staging.refund
    group by refund_key
    having count(distinct file_version_id) > 1
    union
    select r.refund_key
    from crm.refund as r
    where r.refund_key in (select s.refund_key from staging.refund as s)
),

parts as (
    select
        refund_key,
        file_version_id,
        customer_id,
        hash_record_extended(row(order_key, product_id, amount, refunded_at), 0) as part_hash,
        business_date,
        coalesce(confirmed_on, business_date) as confirmed_on,
        known_on,
        known_until,
        refunded_on,
        false as is_new
    from crm.refund
    where refund_key in (select c.refund_key from contested as c)
    union all
    select
        refund_key,
        file_version_id,
        customer_id,
        hash_record_extended(row(order_key, product_id, amount, refunded_at), 0) as part_hash,
        business_date,
        business_date as confirmed_on,
        known_on,
        null as known_until,
        refunded_on,
        true as is_new
    from staging.refund
    where refund_key in (select c.refund_key from contested as c)
)

insert into staging.version (
    kind, key, file_version_id, customer_id, content_hash, business_date, confirmed_on, known_on, known_until, changed_on,
    is_new
)
select
    'refund' as kind,
    refund_key,
    file_version_id,
    min(customer_id) as customer_id,
    (sum(part_hash) % 9223372036854775807)::bigint,
    min(business_date) as business_date,
    max(confirmed_on) as confirmed_on,
    min(known_on) as known_on,
    min(known_until) as known_until,
    min(refunded_on) as changed_on,
    is_new
from parts
group by refund_key, file_version_id, is_new;
