-- One more business date of 10,000 orders, as publishing leaves it: facts and the queue of the customers they touch.
-- %(day)s  %(orders)s  %(customers)s
create temp table drawn as
select
    n,
    crm.key64('bench', 'd' || %(day)s || n) as order_key,
    crm.key64('bench', 'c' || abs(hashint8extended(n + (date %(day)s - date '2000-01-01') * 100000, 7)) %% %(customers)s)
        as customer_id
from generate_series(1, %(orders)s) as n;

insert into crm.orders (
    customer_id, order_key, file_version_id, shop, order_id, status, ordered_at, ordered_on, business_date, line_count,
    quantity, amount, known_on
)
select
    customer_id, order_key, 2, 'bench', 'd' || n, 'paid', date %(day)s + interval '18 hours', %(day)s, %(day)s, 3, 3,
    (5 + n %% 20) * 3, %(day)s
from drawn;

insert into crm.order_line (customer_id, order_key, line_number, file_version_id, product_id, quantity, unit_price, amount)
select
    customer_id, order_key, line, 2, crm.key64('bench', 'p' || (n + line) %% 5000), 1, 5 + n %% 20, 5 + n %% 20
from drawn
cross join generate_series(1, 3) as line;

insert into crm.refresh_queue (customer_id, changed_from)
select distinct customer_id, date %(day)s from drawn;

insert into crm.delivery (shop, business_date) values ('bench', %(day)s);

-- As autovacuum does after a while; the day is measured without it in between.
analyze crm.orders, crm.order_line, crm.refresh_queue;
checkpoint;
