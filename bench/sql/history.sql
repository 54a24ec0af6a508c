-- A shop's history: orders of the same customers, every day the same number of them, the last year always the same.
-- Order n is the n-th before the last date. Every customer bought in the last year; the rest is skewed (a few buy often).
-- %(orders)s  %(per_day)s  %(customers)s  %(last)s last date of the history
insert into crm.shop values ('bench', 'bench', 'America/New_York') on conflict do nothing;

insert into crm.business (name, time_zone, currency, country)
values ('Benchmark', 'America/New_York', 'USD', 'US') on conflict do nothing;

create temp table drawn as
select
    n,
    cast(%(last)s as date) - cast(n / %(per_day)s as integer) as day,
    crm.key64('bench', 'o' || n) as order_key,
    crm.key64('bench', 'c' || case
        when n < %(customers)s then n
        else floor(%(customers)s * power((abs(hashint8extended(n, 1)) %% 1000000) / 1e6, 1.5))
    end) as customer_id,
    1 + abs(hashint8extended(n, 2)) %% 5 as line_count
from generate_series(cast(%(orders)s as bigint) - 1, 0, -1) as n;

insert into crm.customer (customer_id, shop, external_id, known_on)
select crm.key64('bench', 'c' || c), 'bench', 'c' || c, '2000-01-01'
from generate_series(0, %(customers)s - 1) as c;

insert into crm.order_line (customer_id, order_key, line_number, file_version_id, product_id, quantity, unit_price, amount)
select
    customer_id, order_key, line, 1, crm.key64('bench', 'p' || abs(hashint8extended(n * 8 + line, 3)) %% 5000),
    1 + line %% 2, 5 + n %% 20, (1 + line %% 2) * (5 + n %% 20)
from drawn
cross join generate_series(1, line_count) as line
order by n desc;

insert into crm.orders (
    customer_id, order_key, file_version_id, shop, order_id, status, ordered_at, ordered_on, business_date, line_count,
    quantity, amount, known_on
)
select
    customer_id, order_key, 1, 'bench', 'o' || n, 'paid', day + interval '18 hours', day, day, line_count,
    line_count + line_count / 2 + line_count %% 2, (5 + n %% 20) * (line_count + line_count / 2 + line_count %% 2), day
from drawn
order by n desc;

-- One order in fifty was partly paid back.
insert into crm.refund (
    customer_id, refund_key, file_version_id, shop, refund_id, order_key, amount, refunded_at, refunded_on,
    business_date, known_on
)
select customer_id, order_key, 1, 'bench', 'r' || n, order_key, 2.5, day + interval '20 hours', day, day, day
from drawn
where n %% 50 = 0
order by n desc;

insert into crm.delivery (shop, business_date)
select 'bench', day from (select distinct day from drawn) as days;

-- Everybody may be written to.
insert into crm.customer_profile (
    customer_id, valid_from, name, email, email_key, country, region, birthday, birthday_calendar, file_version_id
)
select
    crm.key64('bench', 'c' || c), '2000-01-01', 'Customer ' || c, 'c' || c || '@example.com',
    crm.contact_key('email', 'c' || c || '@example.com'), 'US', 'NY', date '1970-01-01' + cast(c %% 10000 as integer),
    'solar', 1
from generate_series(0, %(customers)s - 1) as c;

insert into crm.consent (customer_id, channel, valid_from, granted, file_version_id)
select customer_id, 'email', '2000-01-01', true, 1 from crm.customer;

insert into crm.product (product_id, valid_from, shop, external_id, name, category, list_price, file_version_id)
select crm.key64('bench', 'p' || p), '2000-01-01', 'bench', 'p' || p, 'Product ' || p, 'Category ' || p %% 50, 10, 1
from generate_series(0, 4999) as p;

