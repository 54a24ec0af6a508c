"""Online Retail: indicators and cohorts of a real shop, whose facts go straight into the tables."""

from __future__ import annotations

import datetime

import psycopg
import pytest
from evaluation_facts import day

from crm.evaluation.indicators import refresh

STAGE = "create temp table line (customer text, id text, ordered_at timestamp, quantity numeric, price numeric)"
PUBLISH = """
    insert into crm.shop values ('s', 'uci_online_retail', 'UTC');
    insert into crm.customer
    select distinct crm.key64('s', customer), 's', customer, customer = '', date '2010-12-01' from line;
    create temp table delivered as
    select customer, id, min(ordered_at) as ordered_at, count(*) as lines, sum(quantity) as quantity,
        sum(quantity * price) as amount
    from line where id not like 'C%' group by customer, id;
    insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status)
    select distinct 's', 'orders', ordered_at::date::text, 'x', ordered_at::date, ordered_at::date, 'published'
    from line;
    insert into crm.delivery (shop, business_date)
    select 's', d from generate_series(date '2010-12-01', date '2011-12-09', interval '1 day') as d;
    insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at, ordered_on,
        business_date, line_count, quantity, amount, known_on)
    select crm.key64('s', customer), crm.key64('s', id), f.file_version_id, 's', id, 'paid',
        ordered_at at time zone 'UTC', ordered_at::date, ordered_at::date, lines, quantity, amount, f.known_on
    from delivered inner join crm.file_version as f on f.business_date = ordered_at::date;
    insert into crm.order_line (customer_id, order_key, line_number, file_version_id, quantity, amount)
    select o.customer_id, o.order_key, row_number() over (partition by o.order_key), o.file_version_id, line.quantity,
        line.quantity * line.price
    from line inner join crm.orders as o on o.order_id = line.id and o.customer_id = crm.key64('s', line.customer);
    -- A cancellation names no order: it is taken off the buyer's latest one, as a file with order ids would have said.
    insert into crm.refund (customer_id, refund_key, file_version_id, shop, refund_id, order_key, amount, refunded_at,
        refunded_on, business_date, known_on)
    select crm.key64('s', c.customer), crm.key64('s', c.id), f.file_version_id, 's', c.id, o.order_key, c.amount,
        c.ordered_at at time zone 'UTC', c.ordered_at::date, c.ordered_at::date, f.known_on
    from (
        select customer, id, min(ordered_at) as ordered_at, -sum(quantity * price) as amount
        from line where id like 'C%' group by customer, id
    ) as c
    inner join crm.file_version as f on f.business_date = c.ordered_at::date
    inner join lateral (
        select order_key from crm.orders as o
        where o.customer_id = crm.key64('s', c.customer) and o.ordered_at < c.ordered_at at time zone 'UTC'
        order by o.ordered_at desc limit 1
    ) as o on true;
    analyze crm.orders, crm.order_line, crm.refund;
"""

#: Lines less refunds; cancellations that are more than the order that they are taken off leave nothing of it.
LEFT = """
    select sum(sold.amount - least(coalesce(back.amount, 0), greatest(sold.amount, 0)))
    from (select customer_id, order_key, sum(amount) as amount from crm.order_line group by 1, 2) as sold
    left join (select customer_id, order_key, sum(amount) as amount from crm.refund group by 1, 2) as back
        using (customer_id, order_key)
"""


@pytest.fixture
def retail(warehouse, facts, shared_data):
    """The whole year, with its anonymous buyers, cancellations and lines below zero; delivered day by day."""
    pandas = pytest.importorskip("pandas")
    lines = pandas.read_parquet(shared_data / "online_retail" / "online_retail.parquet")
    lines = lines.assign(customer=lines.CustomerID.astype("string").fillna("").str.removesuffix(".0"))
    with psycopg.connect(warehouse.url.replace("+psycopg", "")) as connection:
        connection.execute(STAGE)
        with connection.cursor().copy("copy line from stdin (format csv, force_not_null (customer))") as copy:
            frame = lines[["customer", "InvoiceNo", "InvoiceDate", "Quantity", "UnitPrice"]]
            copy.write(frame.to_csv(header=False, index=False))
        connection.execute(PUBLISH)
    return facts


@pytest.mark.long
def test_a_real_shop_reconciles_to_the_cent_whether_loaded_at_once_or_week_by_week(retail, warehouse, business):
    date = day("2010-12-12")
    while date < day("2011-12-09"):
        refresh(warehouse, business, date)
        date += datetime.timedelta(days=7)
    refresh(warehouse, business)
    (left,) = retail.select(LEFT)
    for shop in ("s", ""):
        for view in ("shop_indicators", "cohorts"):
            assert retail.select(f"select sum(net_revenue) from mart.{view} where shop = %s", shop) == [left]
    cohorts = retail.select("select * from crm.cohort order by 1, 2, 3")
    assert refresh(warehouse, business, everything=True)["indicators"] == 0
    assert retail.select("select * from crm.cohort order by 1, 2, 3") == cohorts
    members = retail.select(
        "select members from mart.shop_indicators where shop = 's' and business_date = '2011-12-09'"
    )
    assert members == retail.select("select sum(customers) from mart.cohorts where shop = 's' and months_since = 0")
    assert members[0][0] > 4000
