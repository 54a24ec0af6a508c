"""Runs that wait, in a real Airflow: for a person's approval and for a missing date; and what must never be sent."""

from __future__ import annotations

import csv
import datetime
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from crm.local.airflow_api import AirflowApi, Run
from crm.local.home import AIRFLOW_PORT, POSTGRES_PORT, WAREHOUSE_DATABASE, Home
from crm.local.postgres import free_port
from crm.local.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]

FIRST, LAST = datetime.date(2017, 11, 10), datetime.date(2017, 11, 25)
CUSTOMERS = 12
#: An answer in the very second of the question meets a worker that is still ending: Airflow then fails the task.
READING_SECONDS = 20
BUSINESS = {
    "name": "A shop that asks", "time_zone": "America/New_York", "currency": "USD", "country": "US",
    "sources": ["complete_journey"], "last_business_date": "2017-12-31", "global_holdout": 0, "caps": {"gap_days": 0},
    "channels": {"email": {"provider": "outbox", "sender": "hello@example.com"}},
}  # fmt: skip
#: Send dates of each campaign (a holiday each), and what of it differs.
CAMPAIGNS: dict[str, dict[str, Any]] = {
    "greeting": {"on": ["11-21", "11-22"], "approval": {"above_messages": 10}},
    "night": {"on": ["11-23"], "approval": {"above_messages": 10}, "send_at": "00:00", "send_by": "00:01"},
    "small": {"on": ["11-25"], "approval": {"above_messages": 1000}},
}


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_shop(folder: Path) -> None:
    """Every customer buys every day, and may be written to by e-mail."""
    for day in (FIRST + datetime.timedelta(n) for n in range((LAST - FIRST).days + 1)):
        write(folder / "orders" / f"{day}.csv", [
            {"order_id": f"{day}-{n}", "line": 1, "customer_id": n, "product_id": 1, "quantity": 1, "sales_value": 10,
             "retail_disc": 0, "coupon_disc": 0, "ordered_at": f"{day}T15:00:00Z"} for n in range(CUSTOMERS)
        ])  # fmt: skip
    write(folder / "products" / f"{FIRST}.csv", [{"product_id": 1, "name": "Tea", "category": "Food > Tea"}])
    write(folder / "customers" / f"{FIRST}.csv", [
        {"customer_id": n, "name": f"Customer {n}", "email": f"c{n}@example.com", "mobile": "", "region": "Ohio",
         "birthday": "", "invented": "true", "consent_email": "true", "consent_sms": "false",
         "consent_source": "checkout", "consent_at": "2017-11-09T00:00:00Z"} for n in range(CUSTOMERS)
    ])  # fmt: skip


def declare(folder: Path) -> None:
    folder.mkdir()
    for priority, (campaign, keys) in enumerate(CAMPAIGNS.items(), start=1):
        occasions = [{"name": f"day_{n}", "date": date} for n, date in enumerate(keys["on"])]
        declared = {
            "campaign": campaign, "kind": "holiday", "title": {"en": campaign.title()}, "priority": priority,
            "template": "thanksgiving", "occasions": occasions, "channels": ["email"], "goal": {"goal": "any_order"},
            "primary_window_days": 10, "holdout": 0, **{key: value for key, value in keys.items() if key != "on"},
        }  # fmt: skip
        (folder / f"{campaign}.yaml").write_text(yaml.safe_dump(declared))


class Machine:
    """Airflow over the shop, driven as a person drives it."""

    def __init__(self, home: Home, url: str, api: AirflowApi) -> None:
        self.home, self.url, self.api = home, url, api

    def ask(self, question: str) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(question.encode()).fetchall()

    def until(self, what: str, found: Callable[[], Any], seconds: float = 240) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := found():
                return value
            time.sleep(1)
        raise AssertionError(f"{what}: not in {seconds} s; runs: {self.api.runs()}")

    def latest(self, dag_id: str, key: str) -> Run | None:
        return next((run for run in reversed(self.api.runs()) if (run.dag_id, run.key) == (dag_id, key)), None)

    def ended(self, dag_id: str, key: str, state: str = "success") -> dict[str, str]:
        """Wait for the latest run of a partition; the states of its tasks."""

        def done() -> Run | None:
            run = self.latest(dag_id, key)
            return run if run and run.ended else None

        run = self.until(f"{dag_id} {key}", done)
        assert run.state == state, (run, self.api.tasks(run))
        return {task_id: task["state"] for task_id, task in self.api.tasks(run).items()}

    def day(self, key: str, mode: str = "simulate", **conf: str) -> None:
        self.api.trigger("daily_orders", {"mode": mode, **conf}, key)
        self.ended("daily_orders", key)

    def waiting(self, campaign: str, key: str) -> dict[str, Any]:
        """The question of a campaign's run, once it is open."""

        def found() -> dict[str, Any] | None:
            run = self.latest(f"campaign_{campaign}", key)
            if run is None or self.api.tasks(run).get("approve", {}).get("state") != "awaiting_input":
                return None
            return self.api.call("GET", self._question(run))

        return self.until(f"the question of {campaign} {key}", found)

    def answer(self, campaign: str, key: str, chosen: str) -> dict[str, str]:
        time.sleep(READING_SECONDS)
        run = self.latest(f"campaign_{campaign}", key)
        self.api.call("PATCH", self._question(run), {"chosen_options": [chosen], "params_input": {}})
        return self.ended(f"campaign_{campaign}", key)

    def ledger(self, campaign: str) -> list[tuple]:
        return self.ask(
            "select send_date::text, status, coalesce(status_reason, ''), count(*)::int from crm.message"
            f" where campaign = '{campaign}' group by 1, 2, 3 order by 1"
        )

    def approvals(self, campaign: str) -> list[tuple]:
        return self.ask(
            "select business_date::text, outcome, decided_by from crm.approval"
            f" where campaign = '{campaign}' order by 1"
        )

    @staticmethod
    def _question(run: Run) -> str:
        return f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/approve/-1/hitlDetails"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("waiting")
    home = Home(folder / "home")
    home.make()
    write_shop(home.folder / "landing" / "complete_journey")
    declare(folder / "campaigns")
    (home.folder / "business.yaml").write_text(yaml.safe_dump(BUSINESS))
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("CRM_", "AIRFLOW"))]:
            patch.delenv(name)
        patch.setenv("CRM_HOME", str(home.folder))
        patch.setenv("CRM_CAMPAIGNS", str(folder / "campaigns"))
        patch.setenv(POSTGRES_PORT, str(free_port()))
        patch.setenv(AIRFLOW_PORT, str(free_port()))
        server, stack = home.start_server(print), Stack(home)
        try:
            stack.prepare(server)
            stack.start(server)
            made = Machine(home, server.url(WAREHOUSE_DATABASE), stack.api())
            made.day("2017-11-19", mode="load", from_date=FIRST.isoformat())
            yield made
        finally:
            stack.stop()
            server.stop()
            home.remove()


def test_large_campaigns_wait_for_approval_and_no_date_waits_for_another(machine: Machine) -> None:
    machine.day("2017-11-20")
    asked = machine.waiting("greeting", "2017-11-20")
    assert asked["options"] == ["Approve", "Reject"]
    assert "12 messages are more than 10" in asked["body"]
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
