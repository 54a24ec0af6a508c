"""The whole flow in one process, orders to evaluation, on a seeded shop's files."""

from __future__ import annotations

import csv
import datetime
import random
from pathlib import Path
from typing import Any

import pytest

from crm import business as businesses
from crm import settings
from crm.campaigns.planning import plan
from crm.customers.refreshing import refresh
from crm.evaluation.collecting import collect
from crm.evaluation.evaluating import evaluate
from crm.messages.clock import clock_for
from crm.messages.sending import send
from crm.orders.delivery import ingest
from crm.orders.publishing import publish
from crm.orders.validation import validate
from crm.rehearsal.dry_run import dry_run, rehearse
from crm.warehouse import Warehouse

BUSINESS = businesses.load(settings.INCLUDE / "business.yaml")
FIRST, EVE = datetime.date(2017, 10, 1), datetime.date(2017, 11, 20)  # messages of the 20th go out on the 21st
CUSTOMERS = 700
COLUMNS = (
    *("customer_id", "campaign", "occasion", "wave", "instance", "decision", "reason", "arm", "variant", "channel"),
    *("segment", "tier", "stage", "locale", "goal", "goal_item", "item_key", "epoch", "declaration_hash"),
)


def days(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    return [first + datetime.timedelta(n) for n in range((last - first).days + 1)]


def write(path: Path, rows: list[dict[str, Any]], columns: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def orders_of(day: datetime.date) -> list[dict[str, Any]]:
    chance = random.Random(day.toordinal())
    rows = []
    for customer in chance.sample(range(CUSTOMERS), CUSTOMERS // 10):
        order = f"{day:%Y%m%d}-{customer}"
        rows.extend(
            {
                "order_id": order, "line": line, "customer_id": customer, "product_id": chance.randrange(30),
                "quantity": 1, "sales_value": chance.randrange(100, 5000) / 100, "retail_disc": 0, "coupon_disc": 0,
                "ordered_at": f"{day}T{chance.randrange(14, 23)}:{chance.randrange(10, 60)}:00Z",
            }
            for line in range(1, chance.randrange(2, 5))
        )  # fmt: skip
    return rows


@pytest.fixture
def shop(tmp_path, monkeypatch) -> Path:
    """Landing folder of a shop of 700 customers with daily files up to the end of the year."""
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.delenv("CRM_LANDING", raising=False)
    monkeypatch.delenv("CRM_OUTBOX", raising=False)
    folder = tmp_path / "landing" / "complete_journey"
    for day in days(FIRST, datetime.date(2017, 12, 31)):
        rows = orders_of(day)
        write(folder / "orders" / f"{day}.csv", rows, list(rows[0]))
    people = [
        {
            "customer_id": n, "name": f"Customer {n}", "email": f"c{n - n % 50 if n % 50 == 1 else n}@example.com",
            "mobile": "", "region": "New York", "birthday": f"1980-{n % 12 + 1:02}-{n % 28 + 1:02}", "invented": "true",
            "consent_email": "true" if n % 4 else "false", "consent_sms": "false", "consent_source": "checkout",
            "consent_at": "2017-09-01T00:00:00Z",
        }
        for n in range(CUSTOMERS)
    ]  # fmt: skip
    write(folder / "customers" / f"{FIRST}.csv", people, list(people[0]))
    products = [{"product_id": n, "name": f"Product {n}", "category": f"Food > Kind {n % 3}"} for n in range(30)]
    write(folder / "products" / f"{FIRST}.csv", products, list(products[0]))
    return tmp_path


def orders(warehouse: Warehouse, last: datetime.date, mode: str, first: datetime.date | None = None) -> dict[str, Any]:
    delivery = ingest(warehouse, BUSINESS, last, mode=mode, from_date=first)
    validate(warehouse, delivery)
    counts = publish(warehouse, BUSINESS, delivery)
    refresh(warehouse, BUSINESS, last)
    return counts


def deliver(warehouse: Warehouse, day: datetime.date, campaign: str) -> dict[str, Any]:
    clock = clock_for("simulate", day, BUSINESS)
    return send(warehouse, BUSINESS, campaign, day, mode="simulate", clock=clock, run_id="test")


def outbox(home: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in (home / "outbox").rglob("*") if file.is_file()}


def test_from_daily_orders_to_results_and_a_rerun_changes_nothing(warehouse, query, shop):
    loaded = orders(warehouse, datetime.date(2017, 11, 19), "load", FIRST)
    assert loaded["lines_read"] == loaded["lines_published"] > 0
    assert query("select count(*) from crm.decision") == [(0,)], "a load plans nothing"

    orders(warehouse, EVE, "simulate")
    planned = {p["campaign"]: p for p in plan(warehouse, BUSINESS, EVE, mode="simulate")}
    greeting = planned["thanksgiving"]
    assert greeting["candidates"] == greeting["included"] + greeting["held_out"] + sum(greeting["excluded"].values())
    assert greeting["included"] > 300 > greeting["held_out"] > 50
    assert greeting["excluded"]["no_consent"] > 0
    assert greeting["excluded"]["shared_address"] > 0

    columns = "campaign, occasion, wave, business_date, send_date, kind, decision"
    counted = query(f"""
        select {columns}, coalesce(reason, '') as reason, count(*)
        from crm.decision group by {columns}, coalesce(reason, '') order by {columns}, reason""")
    kept = query(f"select {columns}, reason, customers from crm.decision_count order by {columns}, reason")
    assert kept == counted, "pages read the counts"

    sent = deliver(warehouse, EVE, "thanksgiving")
    assert sent["accepted"] == greeting["included"]
    written = outbox(shop)
    assert len(written) == greeting["included"]

    # Everything once more, as Airflow may run it: the same rows, no second message.
    again = orders(warehouse, EVE, "simulate")
    assert again["lines_published"] == 0
    assert again["unchanged"] == again["lines_read"]
    assert {p["campaign"]: p for p in plan(warehouse, BUSINESS, EVE, mode="simulate")} == planned
    deliver(warehouse, EVE, "thanksgiving")
    assert outbox(shop) == written

    orders(warehouse, datetime.date(2017, 12, 31), "load", datetime.date(2017, 11, 21))
    collect(warehouse, BUSINESS)
    evaluate(warehouse, BUSINESS)
    first = query("select * from crm.result order by 1, 3, 4, 5, 6, 7, 8")
    evaluate(warehouse, BUSINESS)
    assert query("select * from crm.result order by 1, 3, 4, 5, 6, 7, 8") == first
    treated, control, status = query(
        "select treated, control, status from crm.result where campaign = 'thanksgiving' and is_primary"
    )[0]
    assert (treated, control) == (greeting["included"], greeting["held_out"])
    assert status in ("ok", "not_enough")


def test_a_manual_campaign_cannot_write_to_whom_the_day_has_taken(warehouse, query, shop):
    orders(warehouse, EVE, "load", FIRST)
    plan(warehouse, BUSINESS, EVE, mode="simulate")
    before = query("select contact_key, send_date from crm.contact_claim order by 1, 2")
    plan(warehouse, BUSINESS, EVE, mode="live", only="birthday")
    assert query("select contact_key, send_date from crm.contact_claim order by 1, 2") == before


def test_what_a_dry_run_found_is_kept_for_its_page_in_counts_that_fit_its_file_and_nothing_of_any_customer(
    warehouse, query, shop
):
    orders(warehouse, EVE, "load", FIRST)
    [row] = rehearse(warehouse, BUSINESS, EVE, "thanksgiving", run_id="manual__1")
    [(campaign, day, found)] = query("select campaign, business_date, found from crm.rehearsal")
    assert (campaign, day, found["published"]) == ("thanksgiving", EVE, EVE.isoformat())
    [occasion] = found["occasions"]
    told = ("occasion", "wave", "candidates", "included", "held_out", "excluded", "detectable")
    assert {key: occasion[key] for key in told} == {key: row[key] for key in told}
    for groups in (occasion["arms"], occasion["tiers"]):
        assert sum(each["included"] for each in groups) == row["included"] > 0
        assert sum(each["held_out"] for each in groups) == row["held_out"] > 0
    assert found["samples"]
    assert found["broken"] is None
    personal = query("select email from crm.customer_profile where email is not null limit 500")
    assert personal
    assert not [address for (address,) in personal if address in str(found)]
    assert query("select count(*) from crm.decision") == [(0,)]


def test_the_audience_is_counted_when_it_is_decided(warehouse, query, shop):
    orders(warehouse, EVE, "load", FIRST)
    plan(warehouse, BUSINESS, EVE, mode="simulate")
    counted = """select campaign, occasion, wave, decision, variant, channel, tier, customers, sending_cost, coupon_cost
        from crm.decision_group order by 1, 2, 3, 4, 5, 6, 7"""
    from_decisions = """select campaign, occasion, wave, decision, variant, channel, coalesce(tier, ''), count(*),
        sum(case when decision = 'include' then sending_cost else 0 end),
        sum(case when decision = 'include' then coupon_cost else 0 end)
        from crm.decision where decision <> 'exclude' group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7"""
    assert query(counted) == query(from_decisions) != []


def dry_run_of(warehouse: Warehouse, day: datetime.date) -> list[tuple[str, ...]]:
    """What `make plan` writes of ``day``, row by row."""
    with dry_run(warehouse, BUSINESS, day, None).file.open(newline="") as file:
        return [tuple(row[column] for column in COLUMNS) for row in csv.DictReader(file)]


def decided_on(query, day: datetime.date) -> list[tuple[str, ...]]:
    rows = query(
        f"select {', '.join(COLUMNS)} from crm.decision where business_date = '{day}'"
        " order by priority, campaign, occasion, wave, customer_id, instance"
    )
    return [tuple("" if cell is None else str(cell) for cell in row) for row in rows]


def facts(query) -> list[tuple]:
    return query("select count(*), sum(amount) from crm.orders where known_on <= '2017-11-20' and known_until is null")


def test_a_dry_run_of_a_past_date_is_row_by_row_what_was_decided_then_and_leaves_no_trace(warehouse, query, shop):
    orders(warehouse, datetime.date(2017, 11, 19), "load", FIRST)
    orders(warehouse, EVE, "simulate")
    foreseen = dry_run_of(warehouse, EVE)
    assert query("select count(*) from crm.decision") == [(0,)]
    planned = plan(warehouse, BUSINESS, EVE, mode="simulate")
    decided = decided_on(query, EVE)
    assert len(decided) == sum(row["candidates"] for row in planned) >= CUSTOMERS - 1, "0 is a guest"
    assert foreseen == decided

    # Later files change those orders, customers and consents; the next days are decided upon them.
    known = facts(query)
    files = shop / "landing" / "complete_journey"
    for day in days(datetime.date(2017, 11, 21), datetime.date(2017, 11, 22)):
        people = (files / "customers" / f"{FIRST}.csv").read_text().replace("New York,", "Texas,").splitlines()
        (files / "customers" / f"{day}.csv").write_text("\n".join(people[: day.day * 10]).replace(",true,", ",false,"))
        orders(warehouse, day, "simulate")
        plan(warehouse, BUSINESS, day, mode="simulate")
    for day in (datetime.date(2017, 11, 15), EVE):
        rows = orders_of(day)
        changed = [{**row, "sales_value": 9999} for row in rows if int(row["customer_id"]) % 2]
        write(files / "orders" / f"{day}.csv", changed, list(rows[0]))
        orders(warehouse, day, "simulate")
    assert facts(query) != known
    assert plan(warehouse, BUSINESS, EVE, mode="dry") == planned
    assert dry_run_of(warehouse, EVE) == decided


def test_a_dry_run_within_a_loaded_range_has_the_strata_of_then(warehouse, query, shop):
    orders(warehouse, datetime.date(2017, 11, 25), "load", FIRST)
    assert query("select count(*) from crm.refresh where as_of = '2017-11-20'") == [(0,)]
    within = [row for row in dry_run_of(warehouse, EVE) if row[COLUMNS.index("decision")] == "include"]
    assert len(within) > 300
    assert {row[COLUMNS.index("tier")] for row in within} == {"base"}
    assert {row[COLUMNS.index("stage")] for row in within} >= {"new", "active"}
