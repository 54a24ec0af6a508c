-- What the staged delivery says of an order's identity and money that cannot all be true; counts and one example each, by
-- file and row, without ids. Reads the staged rows and the current orders that they speak of.
-- :time_zone of the business
with stated as (
    select
        l.file_version_id,
        l.order_id,
        min(l.row_number) as first_row,
        max(l.row_number) as last_row,
        count(*) as order_rows,
        min(l.customer) filter (where l.reject_reason is null) as customer,
        max(l.customer) filter (where l.reject_reason is null) as other_customer,
        min(l.ordered_at) filter (where l.amount is not null and l.reject_reason is null) as ordered_at,
        max(l.ordered_at) filter (where l.amount is not null and l.reject_reason is null) as last_ordered_at,
        sum(l.amount) filter (where l.reject_reason is null) as amount,
        sum(l.refund_amount) filter (where l.reject_reason is null) as refunded,
        count(l.amount) filter (where l.reject_reason is null) as lines
    from staging.order_line as l
    where l.order_id is not null
    group by l.file_version_id, l.order_id
),

-- Rows that fill the span from the first one to the last follow each other. Only where some do not (what stands between
-- them may be a row without an id) are the rows of those orders looked at, each with the one before it in the file.
spread as (
    select distinct s.file_version_id
    from stated as s
    where s.last_row - s.first_row + 1 > s.order_rows
),

follows as (
    select
        l.file_version_id,
        l.order_id,
        l.order_id <> lag(l.order_id) over (partition by l.file_version_id order by l.row_number) as begins_again
    from staging.order_line as l
    where l.order_id is not null and l.file_version_id in (select s.file_version_id from spread as s)
),

pieces as (
    select
        t.file_version_id,
        t.order_id,
        count(*) filter (where t.begins_again is not false) as pieces
    from follows as t
    group by t.file_version_id, t.order_id
),

placed as (
    select
        s.*,
        f.source_file,
        f.shop,
        f.business_date,
        f.from_date,
        crm.key64(f.shop, s.order_id) as order_key,
        (s.ordered_at at time zone :time_zone)::date as ordered_on,
        (s.last_ordered_at at time zone :time_zone)::date as last_ordered_on
    from stated as s
    inner join staging.file as f on s.file_version_id = f.file_version_id
),

said as (
    select
        p.order_key,
        p.file_version_id,
        p.source_file,
        p.first_row,
        p.business_date,
        p.ordered_on,
        p.amount,
        p.lines,
        crm.key64(p.shop, coalesce(p.customer, '')) as customer_id,
        p.customer is null as is_anonymous,
        true as is_new
    from placed as p
    where p.lines > 0
    union all
    select
        o.order_key,
        o.file_version_id,
        v.source_file,
        null as first_row,
        o.business_date,
        o.ordered_on,
        o.amount,
        o.line_count as lines,
        o.customer_id,
        null as is_anonymous,
        false as is_new
    from crm.orders as o
    inner join crm.file_version as v on o.file_version_id = v.file_version_id
    where o.known_until is null and o.order_key in (select p.order_key from placed as p)
),

followed as (
    select
        s.*,
        lag(s.source_file) over newest as earlier_file,
        lag(s.business_date) over newest as earlier_date,
        lag(s.ordered_on) over newest as earlier_on,
        lag(s.customer_id) over newest as earlier_customer_id,
        lag(s.amount) over newest as earlier_amount,
        lag(s.lines) over newest as earlier_lines
    from said as s
    window newest as (partition by s.order_key order by s.business_date, s.file_version_id)
),

-- All that is paid back of an order that the delivery speaks of: by the delivery, and by what was known before under other
-- ids (of a refund that came before its order nobody is named yet).
own_refund as (
    select
        crm.key64(f.shop, l.order_id) as order_key,
        crm.key64(f.shop, crm.refund_id(l.refund_id, l.order_id, l.amount is null, l.refunded_at)) as refund_key,
        l.refund_amount as amount
    from staging.order_line as l
    inner join staging.file as f on l.file_version_id = f.file_version_id
    where l.reject_reason is null and l.refund_amount is not null and l.order_id is not null
),

known_refund as (
    select
        r.order_key,
        r.refund_key,
        r.part,
        r.amount
    from said as s
    inner join crm.refund as r on s.customer_id = r.customer_id and s.order_key = r.order_key
    where r.known_until is null
    union
    select
        r.order_key,
        r.refund_key,
        r.part,
        r.amount
    from placed as p
    inner join crm.refund as r on r.customer_id = crm.key64(p.shop, '') and p.order_key = r.order_key
    where r.known_until is null
),

all_refunded as (
    select
        a.order_key,
        sum(a.amount) as amount
    from (
        select
            o.order_key,
            o.amount
        from own_refund as o
        union all
        select
            k.order_key,
            k.amount
        from known_refund as k
        where k.refund_key not in (select o.refund_key from own_refund as o)
    ) as a
    group by a.order_key
),

newest as (
    select distinct on (s.order_key)
        s.order_key,
        s.amount
    from said as s
    where s.order_key in (select a.order_key from all_refunded as a)
    order by s.order_key asc, s.business_date desc, s.file_version_id desc
),

doubtful as (
    select
        case
            when p.customer <> p.other_customer and p.ordered_on <> p.last_ordered_on then 'mixed'
            when p.customer <> p.other_customer then 'several_customers'
            else 'several_days'
        end as what,
        p.source_file,
        p.first_row,
        p.last_row,
        null as other_file,
        null::numeric as amount
    from placed as p
    where p.customer <> p.other_customer or p.ordered_on <> p.last_ordered_on
    union all
    select
        'apart' as what,
        p.source_file,
        p.first_row,
        p.last_row,
        null as other_file,
        null as amount
    from placed as p
    inner join pieces as c on p.file_version_id = c.file_version_id and p.order_id = c.order_id
    where c.pieces > 1
    union all
    select
        'refunded_beyond' as what,
        p.source_file,
        p.first_row,
        p.last_row,
        null as other_file,
        p.refunded - greatest(p.amount, 0) as amount
    from placed as p
    where p.lines > 0 and p.refunded > greatest(p.amount, 0)
    union all
    -- The order, or another refund of it, came in another file.
    select
        'refunded_beyond' as what,
        p.source_file,
        p.first_row,
        p.last_row,
        null as other_file,
        a.amount - greatest(n.amount, 0) as amount
    from all_refunded as a
    inner join newest as n on a.order_key = n.order_key
    inner join lateral (
        select x.*
        from placed as x
        where x.order_key = a.order_key
        order by x.refunded is null, x.source_file
        limit 1
    ) as p on true
    where
        a.amount > greatest(n.amount, 0)
        and not exists (
            select from placed as x
            where x.order_key = a.order_key and x.lines > 0 and x.refunded > greatest(x.amount, 0)
        )
    union all
    -- Another buyer, another day and another amount under a known id is another order: numbers begin again somewhere.
    -- A till names no buyers: there, day and amount alone say so.
    select
        'reused' as what,
        f.source_file,
        f.first_row,
        f.first_row as last_row,
        f.earlier_file as other_file,
        f.earlier_amount as amount
    from followed as f
    where
        f.is_new and (f.customer_id <> f.earlier_customer_id or f.is_anonymous) and f.ordered_on <> f.earlier_on
        and f.amount <> f.earlier_amount
        -- Where rows are the ids, a corrected file moves them and replaces the whole of the earlier one.
        and not exists (
            select 1 from crm.file_version as v where v.file_version_id = f.file_version_id and v.positional
        )
    union all
    select
        'two_files' as what,
        f.source_file,
        f.first_row,
        f.first_row as last_row,
        f.earlier_file as other_file,
        f.earlier_amount as amount
    from followed as f
    where
        f.is_new and f.business_date = f.earlier_date and f.source_file <> f.earlier_file
        and (f.amount, f.lines) is distinct from (f.earlier_amount, f.earlier_lines)
        and (f.ordered_on = f.earlier_on or f.customer_id = f.earlier_customer_id)
    union all
    select
        'positional' as what,
        f.source_file,
        1 as first_row,
        f.lines_read as last_row,
        null as other_file,
        null as amount
    from staging.file as f
    inner join crm.file_version as v on f.file_version_id = v.file_version_id
    where v.positional and f.lines_read > 0
)

select
    d.what,
    count(*) as orders,
    coalesce(sum(d.amount), 0) as amount,
    (array_agg(d.source_file order by d.source_file, d.first_row))[1] as source_file,
    (array_agg(d.first_row order by d.source_file, d.first_row))[1] as first_row,
    (array_agg(d.last_row order by d.source_file, d.first_row))[1] as last_row,
    (array_agg(d.other_file order by d.source_file, d.first_row))[1] as other_file
from doubtful as d
group by d.what
order by d.what;
