"""`make mapping` for shops that deliver in several files, and from a bucket: what it writes is loaded as it stands."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crm import settings
from crm.business import Business
from crm.local.mapping import propose
from crm.orders import mapping
from crm.orders.delivery import ingest
from crm.orders.publishing import publish

#: Orders, items, customers, products and payments, each in a file of its own.
MARKET = {
    "market_orders.csv": "order_id,customer_id,order_status,order_purchase_timestamp\n"
    "a1,k1,delivered,2018-01-02 10:00:00\na2,k2,shipped,2018-01-03 10:00:00\n",
    "market_order_items.csv": "order_id,order_item_id,product_id,price_usd,freight_value\n"
    "a1,1,p1,10.00,2.50\na1,2,p1,10.00,2.50\na2,1,p2,7.25,1.00\n",
    "market_customers.csv": "customer_id,customer_unique_id,customer_state\nk1,ann,SP\nk2,ann,SP\n",
    "market_products.csv": "product_id,product_category_name\np1,beds\np2,tables\n",
    "market_payments.csv": "order_id,payment_type,payment_value\na1,card,20.00\na1,voucher,5.00\na2,card,8.25\n",
}
#: Prices that name their currency, and refunds of items.
TOYS = {
    "orders.csv": "order_id,created_at,user_id,items_purchased,price_usd\n"
    "a1,2018-01-02 10:00:00,ann,2,20.00\na2,2018-01-03 10:00:00,ann,1,7.25\n",
    "order_items.csv": "order_item_id,created_at,order_id,product_id,price_usd\n"
    "1,2018-01-02 10:00:00,a1,1,10.00\n2,2018-01-02 10:00:00,a1,2,10.00\n3,2018-01-03 10:00:00,a2,1,7.25\n",
    "order_item_refunds.csv": "order_item_refund_id,created_at,order_item_id,order_id,refund_amount_usd\n"
    "1,2018-01-04 10:00:00,3,a2,7.25\n",
    "products.csv": "product_id,created_at,product_name\n1,2018-01-01 10:00:00,Bear\n2,2018-01-01 10:00:00,Cat\n",
}
#: A file of orders whose key is called id, written with another delimiter than that of the items.
PLUGIN = {
    "orders.csv": "id;date_created;status;customer_id;shipping_total;total\n"
    "a1;2018-01-02 10:00:00;completed;ann;3.00;23.00\na2;2018-01-03 10:00:00;processing;ann;1.00;8.25\n",
    "order_items.csv": "order_id,sku,quantity,line_total_usd\na1,T,1,10.00\na1,P,1,10.00\na2,T,1,7.25\n",
}


@pytest.fixture(autouse=True)
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    monkeypatch.setattr(settings, "SOURCES", folder)
    return folder


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    yield boto3.client("s3", endpoint_url=f"http://{host}:{port}", **keys)
    server.stop()


@pytest.fixture
def bucket(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The Airflow connection leads to the S3 of our own."""
    extra = {"endpoint_url": s3.meta.endpoint_url, "region_name": "us-east-1"}
    found = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_CRM_ORDERS", json.dumps(found))
    s3.create_bucket(Bucket="shop")
    return s3


def folder_of(tmp_path: Path, files: dict[str, str]) -> str:
    folder = tmp_path / "export"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return str(folder)


def test_files_that_belong_together_are_joined_and_loaded_as_proposed(
    tmp_path: Path, bucket: Any, warehouse: Any, query: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    days = datetime.date(2018, 1, 2), datetime.date(2018, 1, 31)
    business = Business(
        name="S", time_zone="America/New_York", currency="USD", country="US", sources=["market", "toys", "plugin"]
    )
    given = {"market": folder_of(tmp_path, MARKET), "toys": "s3://shop/toys", "plugin": "s3://shop/plugin/"}
    for shop, files in (("toys", TOYS), ("plugin", PLUGIN)):
        for name, text in files.items():
            bucket.put_object(Bucket="shop", Key=f"{shop}/{name}", Body=text.encode())
    for shop, place in given.items():
        assert propose(place, shop) == 0, capsys.readouterr().out
        found = mapping.load(shop)
        assert "orders" in found.orders.join
        assert f"FILES={place}" in capsys.readouterr().out
        delivery = ingest(warehouse, business, days[1], mode="load", from_date=days[0], source=shop, files=place)
        publish(warehouse, business, delivery)
        lines = query(
            "select count(*), sum(amount), count(distinct customer_id) from mart.order_lines where shop = %s", shop
        )
        assert lines == [(3, Decimal("27.25"), 1)], shop


def test_what_has_no_partner_and_what_is_not_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = MARKET["market_order_items.csv"] + "a9,1,p1,5.00,1.00\n"
    place = folder_of(tmp_path, MARKET | {"market_order_items.csv": lines})
    assert propose(place, "market") == 1, "a fourth of the rows would be set aside"
    said = capsys.readouterr().out
    assert "join.orders: 1 of 4 rows have none in market_orders.csv" in said
    assert "market_payments.csv is not read" in said
    assert "join.customers: market_customers.csv belongs to" in said
