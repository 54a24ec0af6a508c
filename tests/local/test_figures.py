"""The figures of the demo: sums that add up, results where they belong, runs from Airflow's own tables."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from crm.local import figures, summary
from crm.local.demo import YEAR

TIME = "2026-01-01 00:00Z"


@pytest.fixture
def shop(query):
    query("insert into crm.shop values ('s', 'complete_journey', 'America/New_York')")
    query("insert into crm.delivery (shop, business_date) values ('s', '2017-11-20'), ('s', '2017-11-21')")
    for day, read, published, unchanged, superseded, rejected in (
        ("2017-11-20", 10, 7, 1, 0, 2),
        ("2017-11-21", 5, 3, 0, 1, 1),
    ):
        query(
            "insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status,"
            " lines_read, lines_published, lines_unchanged, lines_superseded, lines_rejected)"
            " values ('s', 'orders', %s, 'x', %s, %s, 'published', %s, %s, %s, %s, %s)",
            day, day, day, read, published, unchanged, superseded, rejected,
        )  # fmt: skip
    query(
        "insert into crm.rejected_row (file_version_id, row_number, reason, raw)"
        " select v.file_version_id, n, case when n = 1 then 'amount_missing' else 'no_date' end, '{}'"
        " from crm.file_version as v cross join lateral generate_series(1, v.lines_rejected) as n"
    )
    query("insert into crm.customer select n, 's', n::text, n = 9, '2017-11-20' from generate_series(1, 9) as n")
    query(
        "insert into crm.customer_state (customer_id, as_of, order_count, net_revenue, frequency, monetary, segment,"
        " tier, stage) select n, '2017-11-21', 1, 1, 1, 1, case when n > 2 then 'general_keep' end, 'base', 'new'"
        " from generate_series(1, 6) as n"
    )


def collected(warehouse) -> dict:
    return figures.collect(warehouse, warehouse, 12.34)


def test_lines_read_are_accounted_for_once_each(warehouse, runs, shop):
    found = collected(warehouse)
    orders = found["orders"]
    assert orders["rejected"] == {"amount_missing": 2, "no_date": 1}
    parts = ("lines_published", "unchanged", "superseded")
    assert orders["lines_read"] == sum(orders[part] for part in parts) + sum(orders["rejected"].values()) == 15
    assert (found["first_business_date"], found["last_business_date"]) == ("2017-11-20", "2017-11-21")


def test_segments_and_tiers_each_add_up_to_the_customers_and_leave_out_the_anonymous(warehouse, runs, shop):
    customers = collected(warehouse)["customers"]
    assert customers["total"] == 8
    assert customers["by_segment"] == {"general_keep": 4, "no_segment": 4}
    assert customers["by_tier"] == {"base": 6, "no_purchase": 2}


def test_candidates_and_messages_add_up_by_campaign_and_send_date(warehouse, runs, decide):
    for customer, message in ((1, "accepted"), (2, "accepted"), (3, "skipped")):
        decide(customer, "thanksgiving", "include", message=message)
    decide(4, "thanksgiving", "hold_out")
    decide(5, "thanksgiving", "exclude", reason="no_consent")
    decide(1, "birthday", "include", kind="birthday", message="accepted", day="2017-11-21")
    birthday, thanksgiving = sorted(collected(warehouse)["campaigns"], key=lambda row: row["campaign"])
    assert thanksgiving["send_date"] == "2017-11-21"
    assert birthday["send_date"] == "2017-11-22"
    assert thanksgiving["excluded"] == {"no_consent": 1}
    for row in (birthday, thanksgiving):
        assert row["candidates"] == sum(row["excluded"].values()) + row["held_out"] + row["included"]
        assert row["included"] == row["messages"] + row["skipped"]
    assert (thanksgiving["included"], thanksgiving["skipped"], thanksgiving["messages"]) == (3, 1, 2)


def test_results_stand_with_their_occasion_and_those_of_continuous_campaigns_pooled(warehouse, runs, decide, result):
    decide(1, "thanksgiving", "include", message="accepted")
    decide(1, "birthday", "include", kind="birthday", message="accepted", day="2017-11-21")
    result("thanksgiving", version=1, difference=0.9)
    result("thanksgiving", version=2)
    result("thanksgiving", window_days=30, is_primary=False, low=0.01)
    result(
        "birthday", kind="birthday", occasion="", wave="", period="2017-11", status="not_enough", low=None, high=None
    )
    found = collected(warehouse)
    thanksgiving = next(row for row in found["campaigns"] if row["campaign"] == "thanksgiving")
    birthday = next(row for row in found["campaigns"] if row["campaign"] == "birthday")
    assert [(e["window_days"], e["version"], e["primary"]) for e in thanksgiving["evaluations"]] == [
        (10, 2, True),
        (30, 1, False),
    ]
    assert thanksgiving["evaluations"][0]["naive_revenue"] == 51234.57
    assert birthday["evaluations"] == []
    assert [(p["campaign"], p["kind"], p["period"], len(p["evaluations"])) for p in found["pooled"]] == [
        ("birthday", "birthday", "2017-11", 1)
    ]
    assert figures.covering_zero(found) == (1, 1), "secondary results and those without an interval do not count"


def test_an_interval_that_misses_zero_is_counted_as_such(warehouse, runs, decide, result):
    decide(1, "thanksgiving", "include", message="accepted")
    decide(1, "black_friday", "include", message="accepted")
    result("thanksgiving")
    result("black_friday", low=0.01, high=0.2)
    assert figures.covering_zero(collected(warehouse)) == (1, 2)


def test_runs_are_counted_by_dag_and_state_with_their_keys(warehouse, runs):
    runs(
        ("daily_orders", "success", "2017-11-20", TIME),
        ("daily_orders", "failed", "2017-11-21", TIME),
        ("daily_orders", "success", "2017-11-21", TIME),
        ("evaluate_campaigns", "success", None, TIME),
    )
    assert collected(warehouse)["runs"] == {
        "daily_orders": {"success": 2, "failed": 1, "keys": ["2017-11-20", "2017-11-21"]},
        "evaluate_campaigns": {"success": 1, "failed": 0, "keys": []},
    }


def test_how_far_a_demo_has_come_is_read_from_airflows_runs(warehouse, runs):
    def state():
        with warehouse.transaction() as tx:
            row = tx.row("local/loaded", last_key=YEAR.keys[-1])
        return set(row.keys) == set(YEAR.keys), row.evaluated, row.unfinished

    runs(("evaluate_campaigns", "success", None, "2026-01-01 00:30Z"))
    runs(*[("daily_orders", "success", key, "2026-01-01 01:00Z") for key in YEAR.keys[:-1]])
    assert state() == (False, False, 0)
    runs(("daily_orders", "running", YEAR.keys[-1], "2026-01-01 02:00Z"))
    assert state() == (False, False, 1)
    runs(("daily_orders", "success", YEAR.keys[-1], "2026-01-01 02:00Z"))
    assert state() == (True, False, 1), "the evaluation of phase 1 is not that of the end"
    runs(("evaluate_campaigns", "success", None, "2026-01-01 02:30Z"))
    assert state() == (True, True, 1)


def test_the_file_is_written_once_for_the_same_figures(warehouse, runs, shop, tmp_path):
    file = tmp_path / "demo.json"
    assert figures.write(collected(warehouse), file)
    assert not figures.write(collected(warehouse) | {"seconds": 99.0}, file)
    assert json.loads(file.read_text())["seconds"] == 12.3
    assert list(json.loads(file.read_text())) == [
        *("first_business_date", "last_business_date", "orders", "customers"),
        *("campaigns", "pooled", "past_campaigns", "runs", "seconds"),
    ]


@pytest.mark.usefixtures("runs", "shop")
def test_the_summary_shows_the_claim_beside_the_truth_and_says_what_covers_zero(warehouse, decide, result, capsys):
    decide(1, "thanksgiving", "include", message="accepted")
    decide(1, "birthday", "include", kind="birthday", message="accepted")
    decide(1, "birthday", "include", kind="birthday", message="accepted", day="2017-11-21")
    result("thanksgiving")
    out = Console(width=140, force_terminal=False)
    summary.show(collected(warehouse), out)
    text = capsys.readouterr().out
    assert "15 lines read = 10 published + 1 unchanged + 1 superseded + 3 rejected" in text
    row = next(line for line in text.splitlines() if line.startswith("thanksgiving") and "an order, " in line)
    assert "51,235" in row
    assert "-0.5 [-8.0, +7.0]" in row
    assert "-12 [-900, +870]" in row
    assert "1 of 1 cover zero" in text
    days = [line for line in text.splitlines() if line.startswith("birthday")]
    assert len(days) == 1, "the days of a continuous campaign are one line"
    assert "2017-11-21…11-22" in days[0]
    assert max(map(len, text.splitlines())) <= 140
