"""`make load`: from files and a mapping to a refreshed warehouse, with messages that say what to give."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path

import pytest

from crm import business as businesses
from crm.local import load as loads
from crm.local.home import Home
from crm.local.load import LoadError, load
from crm.orders.landing import LandingError
from crm.runs import RunError

HEADER = "order_id,line,customer_id,product_id,quantity,sales_value,retail_disc,coupon_disc,ordered_at\n"
MAPPING = """
shop: corner_shop
time_zone: Asia/Shanghai
currency: CNY
country: CN
orders:
  files: "orders/{date}.csv"
  columns: {order_id: order_id, line_number: line, customer: customer_id, product: product_id, quantity: quantity,
            amount: sales_value, ordered_at: ordered_at}
"""


@pytest.fixture
def home(tmp_path, monkeypatch, warehouse) -> Home:
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CRM_WAREHOUSE_URL", warehouse.url)
    for name in ("CRM_BUSINESS", "CRM_LANDING"):
        monkeypatch.delenv(name, raising=False)
    made = Home.current()
    made.make()
    return made


@pytest.fixture
def mapping(tmp_path) -> str:
    file = tmp_path / "corner_shop.yaml"
    file.write_text(MAPPING)
    return str(file)


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "delivered" / "orders"
    folder.mkdir(parents=True)
    for day in (1, 2):
        rows = [f"o{day}-{n},1,c{n},p1,1,{n}.{day}5,0,0,2017-03-0{day}T04:00:00Z" for n in range(1, 41)]
        (folder / f"2017-03-0{day}.csv").write_text(HEADER + "\n".join(rows) + "\n")
    with (folder / "2017-03-02.csv").open("a") as file:
        file.write("o99,1,#N/A,p1,1,much,0,0,2017-03-02T05:00:00Z\n")
    return str(folder.parent)


def test_it_loads_reports_and_names_the_rejected_row(home, mapping, files, query, capsys):
    load(home, mapping, "2017-03-01", "2017-03-02", files)
    text = capsys.readouterr().out
    assert "81 lines read = 80 published + 0 unchanged + 0 superseded + 1 rejected" in text
    assert "crm.rejected_row" in text
    assert "1,656.00" in text, "money to the cent"
    assert "No segments yet: scores need at least 100 customers" in text
    assert "warning: 1 x orders.placeholder_customer" in text
    assert query("select sum(amount) from crm.orders where known_until is null") == [(Decimal("1656.0000"),)]
    assert query("select count(*), max(as_of) from crm.customer_state") == [(40, datetime.date(2017, 3, 2))]


def test_the_first_load_writes_the_settings_that_the_mapping_implies(home, mapping, files):
    load(home, mapping, "2017-03-01", "2017-03-02", files)
    written = businesses.load(home.folder / "business.yaml")
    assert (written.time_zone, written.currency, written.country) == ("Asia/Shanghai", "CNY", "CN")
    assert written.sources == [mapping]
    assert written.last_business_date is None


def test_a_second_time_it_changes_nothing_and_says_so(home, mapping, files, query, capsys):
    load(home, mapping, "2017-03-01", "2017-03-02", files)
    before = query("select * from crm.orders order by 1, 2, 3")
    settings = (home.folder / "business.yaml").read_text()
    capsys.readouterr()
    load(home, mapping, "2017-03-01", "2017-03-02", files)
    assert "nothing changed" in capsys.readouterr().out
    assert query("select * from crm.orders order by 1, 2, 3") == before
    assert (home.folder / "business.yaml").read_text() == settings


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        ("", "2017-03-02", "FROM"),
        ("2017-03-01", "", "TO"),
        ("2017-03-05", "2017-03-02", "after"),
        ("1.3.2017", "2017-03-02", "YYYY-MM-DD"),
    ],
)
def test_a_range_that_cannot_be_is_refused_at_once(home, first, last, message):
    with pytest.raises((LoadError, RunError), match=message):
        load(home, "complete_journey", first, last)


def test_a_folder_that_is_not_there_and_a_missing_source_are_named(home, mapping, tmp_path):
    with pytest.raises(LoadError, match="nowhere"):
        load(home, mapping, "2017-03-01", "2017-03-02", str(tmp_path / "nowhere"))
    with pytest.raises(LoadError, match="complete_journey"):
        load(home, "", "2017-03-01", "2017-03-02")


def test_what_the_desk_and_bi_read_is_filled(home, mapping, files, query):
    load(home, mapping, "2017-03-01", "2017-03-02", files)
    assert query("select orders_placed from mart.shop_indicators where business_date = '2017-03-02' and shop = ''") == [
        (40,)
    ]
    assert query("select count(*) > 0 from mart.cohorts") == [(True,)]
    assert query("select count(*) > 0 from crm.standing_size") == [(True,)]


def test_files_of_a_bucket_are_loaded_through_the_connection(home, mapping, files, monkeypatch, capsys):
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        extra = {"endpoint_url": f"http://{host}:{port}", "region_name": "us-east-1"}
        connection = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_CRM_ORDERS", json.dumps(connection))
        client = boto3.client("s3", aws_access_key_id="test", aws_secret_access_key="test", **extra)
        client.create_bucket(Bucket="shop")
        for file in Path(files).rglob("*.csv"):
            client.upload_file(str(file), "shop", f"exports/orders/{file.name}")
        load(home, mapping, "2017-03-01", "2017-03-02", "s3://shop/exports")
    finally:
        server.stop()
    assert "81 lines read = 80 published" in capsys.readouterr().out


def test_a_day_without_a_file_is_a_day_without_sales_if_it_is_said(home, mapping, files):
    with pytest.raises(LandingError, match=r"2017-03-03\.csv"):
        load(home, mapping, "2017-03-01", "2017-03-03", files)
    with pytest.raises(LoadError, match="ALLOW_EMPTY=perhaps"):
        load(home, mapping, "2017-03-01", "2017-03-03", files, allow_empty="perhaps")
    load(home, mapping, "2017-03-01", "2017-03-03", files, allow_empty="yes")


def test_it_may_be_said_since_when_a_correction_is_known(home, mapping, files, query):
    load(home, mapping, "2017-03-01", "2017-03-02", files, known_on="2017-03-05")
    assert query("select distinct known_on::text from crm.orders") == [("2017-03-05",)]
    with pytest.raises(RunError, match="KNOWN_ON"):
        load(home, mapping, "2017-03-01", "2017-03-02", files, known_on="5.3.2017")


def test_progress_is_a_line_a_second_at_most_and_counts_a_file_of_orders_and_customers_once(monkeypatch):
    now = iter([10.0, 10.0, 10.2, 10.4, 11.5, 11.5])
    monkeypatch.setattr(loads.time, "monotonic", lambda: next(now))
    said: list[str] = []
    progress = loads._Progress(said.append)
    for text in ("a: 2 rows of customers", "a: 3 rows of orders", "b: 1 rows of orders", "c: 4 rows of orders"):
        progress(text)
    assert said == ["file 1: a: 2 rows of customers", "file 3: c: 4 rows of orders"]
