"""Runs that wait, in a real Airflow: for a person's approval and for a missing date; and what must never be sent."""

from __future__ import annotations

import datetime
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_machine import Machine, running, write_daily_shop
from crm import settings

pytestmark = pytest.mark.long

FIRST, LAST = datetime.date(2017, 11, 10), datetime.date(2017, 11, 25)
CUSTOMERS = 12
BUSINESS = {
    "name": "A shop that asks", "time_zone": "America/New_York", "currency": "USD", "country": "US",
    "sources": ["complete_journey"], "last_business_date": "2017-12-31", "global_holdout": 0, "caps": {"gap_days": 0},
    "channels": {"email": {"provider": "outbox", "sender": "hello@example.com"}},
    "footer": {"company": "Shop", "postal_address": "1 Street, New York"},
}  # fmt: skip
#: Send dates of each campaign (a holiday each), and what of it differs.
CAMPAIGNS: dict[str, dict[str, Any]] = {
    "greeting": {"on": ["11-21", "11-22"], "approval": {"above_messages": 10}},
    "night": {"on": ["11-23"], "approval": {"above_messages": 10}, "send_at": "00:00", "send_by": "00:01"},
    "small": {"on": ["11-25"], "approval": {"above_messages": 1000}},
}


def write_shop(folder: Path) -> None:
    write_daily_shop(folder, FIRST, LAST, CUSTOMERS)


def declared() -> dict[str, dict[str, Any]]:
    """The campaigns' declarations."""
    found = {}
    for priority, (campaign, keys) in enumerate(CAMPAIGNS.items(), start=1):
        found[campaign] = {
            "kind": "holiday", "title": {"en": campaign.title()}, "priority": priority, "template": "thanksgiving",
            "occasions": [{"name": f"day_{n}", "date": date} for n, date in enumerate(keys["on"])],
            "channels": ["email"], "goal": {"goal": "any_order"}, "primary_window_days": 10, "holdout": 0,
            **{key: value for key, value in keys.items() if key != "on"},
        }  # fmt: skip
    return found


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("waiting")
    with running(folder, BUSINESS, declared(), write_shop) as made:
        made.day("2017-11-19", mode="load", from_date=FIRST.isoformat())
        yield made


def test_large_campaigns_wait_for_approval_and_no_date_waits_for_another(machine: Machine) -> None:
    machine.day("2017-11-20")
    asked = machine.waiting("greeting", "2017-11-20")
    assert asked["options"] == ["Approve", "Reject"]
    assert "12 messages are more than the 10 " in asked["body"]
    assert "| base | 12 |" in asked["body"]
    machine.day("2017-11-21")
    machine.waiting("greeting", "2017-11-21")
    assert machine.ledger("greeting") == [], "both wait, nothing is sent"

    tasks = machine.answer("greeting", "2017-11-21", "Reject")
    assert (tasks["approve"], tasks["send"]) == ("success", "skipped")
    assert machine.ledger("greeting") == [("2017-11-22", "skipped", "rejected", 12)]

    tasks = machine.answer("greeting", "2017-11-20", "Approve")
    assert (tasks["approve"], tasks["send"]) == ("success", "success")
    assert machine.ledger("greeting")[0] == ("2017-11-21", "accepted", "", 12)
    assert machine.approvals("greeting") == [
        ("2017-11-20", "approved", "admin"),
        ("2017-11-21", "rejected", "admin"),
    ]
    assert len(list((machine.home.folder / "outbox").rglob("*.eml"))) == 12


def test_nobody_answers_before_send_by_and_nothing_is_sent(machine: Machine) -> None:
    machine.day("2017-11-22")
    tasks = machine.ended("campaign_night", "2017-11-22")
    assert (tasks["approve"], tasks["send"]) == ("success", "skipped")
    assert machine.approvals("night") == [("2017-11-22", "timeout", None)]
    assert machine.ledger("night") == [("2017-11-23", "skipped", "approval_timeout", 12)]
    assert machine.ask("select count(*)::int from crm.contact_claim where campaign = 'night' and not released") == [
        (0,)
    ]


def test_a_missing_date_holds_the_next_until_an_operator_waives_it(machine: Machine) -> None:
    machine.day("2017-11-24")
    held = machine.until("the hold", lambda: machine.ask("select reasons -> 0 ->> 'text' from crm.hold"))
    assert held == [("2017-11-23: the orders of complete_journey have not come",)]
    assert machine.ledger("small") == []
    run = machine.api.trigger("waive", {"date": "2017-11-23", "reason": "stocktaking"})
    machine.until("the waiver", lambda: machine.api.run("waive", run.run_id).ended)
    assert machine.ask("select operator, reason from crm.waiver") == [("admin", "stocktaking")]
    machine.ended("plan_campaigns", "2017-11-24")
    tasks = machine.ended("campaign_small", "2017-11-24")
    assert tasks == {"preview": "success", "approve": "skipped", "send": "success"}
    assert machine.ledger("small") == [("2017-11-25", "accepted", "", 12)]
    assert machine.ask("select outcome from crm.hold") == [("planned",)]


def test_a_past_send_date_is_never_really_decided_nor_sent(machine: Machine) -> None:
    before = machine.ask("select count(*) from crm.decision"), machine.ask("select count(*) from crm.message")
    machine.day("2017-11-25", mode="live")
    machine.ended("plan_campaigns", "2017-11-25")
    machine.api.trigger("plan_campaigns", {"dry_run": False}, "2017-11-23")
    machine.ended("plan_campaigns", "2017-11-23")
    assert machine.ask("select business_date::text, outcome from crm.hold where mode = 'live' order by 1") == [
        ("2017-11-23", "past"),
        ("2017-11-25", "past"),
    ]
    machine.api.trigger("campaign_small", {"dry_run": False}, "2017-11-23")
    tasks = machine.ended("campaign_small", "2017-11-23")
    assert tasks == {"preview": "success", "approve": "skipped", "send": "success"}
    after = machine.ask("select count(*) from crm.decision"), machine.ask("select count(*) from crm.message")
    assert after == before


def documented() -> tuple[list[str], str]:
    """The commands of ``make airflow`` and the body for REST, as both READMEs give them, with dates of this shop."""
    found = []
    for name in ("README.md", "README.zh-CN.md"):
        text = (settings.PROJECT / name).read_text(encoding="utf-8")
        commands = [shlex.split(each)[2] for each in re.findall(r"^ +(make airflow CMD=.+)$", text, re.MULTILINE)]
        (body,) = re.findall(r'^ +(\{"logical_date".+)$', text, re.MULTILINE)
        found.append(json.dumps([[each.removeprefix("CMD=") for each in commands], body]))
    assert found[0] == found[1]
    ours = found[0].replace("2025-01-01", FIRST.isoformat()).replace("2025-12-31", "2017-11-19")
    return tuple(json.loads(ours))


def airflow(command: str) -> str:
    """What ``make airflow`` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "crm.local", "airflow", f"--arguments={command}"],
        env=os.environ | {"PYTHONPATH": str(settings.PROJECT / "plugins")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.proof
def test_a_date_from_the_command_line_is_the_same_date_as_by_rest(machine: Machine) -> None:
    (trigger, dry_run), body = documented()
    planned = len([run for run in machine.api.runs("plan_campaigns") if run.key == "2017-11-19"])
    airflow(trigger)
    machine.until("its run", lambda: machine.latest("daily_orders", None))
    assert machine.ended("daily_orders", None)["refresh"] == "success"
    machine.until(
        "planning of the same date",
        lambda: len([run for run in machine.api.runs("plan_campaigns") if run.key == "2017-11-19"]) > planned,
    )
    assert machine.ended("plan_campaigns", "2017-11-19") == {"plan": "success"}
    machine.api.call("POST", "/dags/daily_orders/dagRuns", json.loads(body))
    machine.ended("daily_orders", "2017-11-19")
    airflow(dry_run)
    assert "campaign_small" in airflow("dags list")


def test_a_run_without_a_date_and_planning_in_earnest_without_a_key_fail_at_once(machine: Machine) -> None:
    for conf in ({"dry_run": True}, {"dry_run": False, "business_date": "2017-11-20"}):
        run = machine.api.trigger("plan_campaigns", conf)
        machine.until("its failure", lambda run=run: machine.api.run(run.dag_id, run.run_id).state == "failed")
        assert machine.api.tasks(run)["plan"]["try_number"] == 1, "no repetition mends it"
