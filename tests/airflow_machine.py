"""A real Airflow over a small shop of the test's own, driven as a person drives it."""

from __future__ import annotations

import csv
import datetime
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import yaml

import patience
from crm.local import processes
from crm.local.airflow_api import Run
from crm.local.home import AIRFLOW_PORT, POSTGRES_PORT, REDIS_PORT, WAREHOUSE_DATABASE, Home
from crm.local.postgres import Server, free_port
from crm.local.stack import USER, Stack

#: Between the end of the worker that asked and the scheduler's having seen it, an answer makes Airflow fail the task.
READING_SECONDS = 10


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """``rows`` as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_daily_shop(folder: Path, first: datetime.date, last: datetime.date, customers: int) -> None:
    """Every customer buys every day, and may be written to by e-mail."""
    for day in (first + datetime.timedelta(n) for n in range((last - first).days + 1)):
        write(folder / "orders" / f"{day}.csv", [
            {"order_id": f"{day}-{n}", "line": 1, "customer_id": n, "product_id": 1, "quantity": 1, "sales_value": 10,
             "retail_disc": 0, "coupon_disc": 0, "ordered_at": f"{day}T15:00:00Z"} for n in range(1, customers + 1)
        ])  # fmt: skip
    write(folder / "products" / f"{first}.csv", [{"product_id": 1, "name": "Tea", "category": "Food > Tea"}])
    write(folder / "customers" / f"{first}.csv", [
        {"customer_id": n, "name": f"Customer {n}", "email": f"c{n}@example.com", "mobile": "", "region": "Ohio",
         "birthday": "", "invented": "true", "consent_email": "true", "consent_sms": "false",
         "consent_source": "checkout", "consent_at": f"{first}T00:00:00Z"} for n in range(1, customers + 1)
    ])  # fmt: skip


class Staffed(Stack):
    """Airflow with more people than its admin; ``people``: name -> (role, password)."""

    people: Mapping[str, tuple[str, str]] = {}

    def environment(self, server: Server) -> dict[str, str]:
        users = {USER: "admin", **{name: role for name, (role, _) in self.people.items()}}
        listed = ",".join(f"{name}:{role}" for name, role in users.items())
        return super().environment(server) | {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": listed}

    def prepare(self, server: Server) -> None:
        super().prepare(server)
        passwords = {USER: self.home.secret("airflow-admin")}
        passwords |= {name: password for name, (_, password) in self.people.items()}
        (self.home.airflow / "passwords.json").write_text(json.dumps(passwords))


class Machine:
    """Airflow over the shop, driven as a person drives it."""

    def __init__(self, home: Home, url: str, stack: Stack) -> None:
        self.home, self.url, self.stack, self.api = home, url, stack, stack.api()

    @property
    def origin(self) -> str:
        """Where a browser finds it."""
        return f"http://localhost:{self.api.url.rpartition(':')[2]}"

    def ask(self, question: str) -> list[tuple]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(question.encode()).fetchall()

    def until(self, what: str, found: Callable[[], Any], seconds: float = patience.SECONDS) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := found():
                return value
            time.sleep(1)
        raise AssertionError(f"{what}: not in {seconds} s; runs: {self.api.runs()}")

    def latest(self, dag_id: str, key: str | None) -> Run | None:
        return next((run for run in reversed(self.api.runs()) if (run.dag_id, run.key) == (dag_id, key)), None)

    def ended(self, dag_id: str, key: str | None, state: str = "success") -> dict[str, str]:
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

    def read(self, campaign: str, key: str) -> None:
        """Take the time that a person takes to read an open question: who asked it has ended by then."""
        run = self.latest(f"campaign_{campaign}", key)
        asked_by = self.api.tasks(run)["approve"]["id"]

        def gone() -> bool:
            return not any(asked_by in " ".join(_command(each)) for each in processes.of_home(self.home.folder))

        self.until("the end of the worker that asked", gone)
        time.sleep(READING_SECONDS)

    def answer(self, campaign: str, key: str, chosen: str) -> dict[str, str]:
        self.read(campaign, key)
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


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def running(
    folder: Path,
    business: Mapping[str, Any],
    campaigns: Mapping[str, Mapping[str, Any]],
    write_shop: Callable[[Path], None],
    *,
    people: Mapping[str, tuple[str, str]] | None = None,
    environment: Mapping[str, str] | None = None,
    workers: int = 0,
) -> Iterator[Machine]:
    """Airflow with these settings and declarations over the shop that ``write_shop`` writes into its landing folder.

    ``workers``: Celery workers (0 = LocalExecutor).
    """
    home = Home(folder / "home")
    home.make()
    write_shop(home.folder / "landing" / "complete_journey")
    (folder / "campaigns").mkdir()
    for campaign, declared in campaigns.items():
        (folder / "campaigns" / f"{campaign}.yaml").write_text(yaml.safe_dump({"campaign": campaign, **declared}))
    (home.folder / "business.yaml").write_text(yaml.safe_dump(dict(business)))
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("CRM_", "AIRFLOW"))]:
            patch.delenv(name)
        patch.setenv("CRM_HOME", str(home.folder))
        patch.setenv("CRM_CAMPAIGNS", str(folder / "campaigns"))
        for name, value in (environment or {}).items():
            patch.setenv(name, value)
        patch.setenv(POSTGRES_PORT, str(free_port()))
        patch.setenv(AIRFLOW_PORT, str(free_port()))
        patch.setenv(REDIS_PORT, str(free_port()))
        server, stack = home.start_server(print), Staffed(home, workers=workers)
        stack.people = people or {}
        try:
            stack.prepare(server)
            stack.start(server)
            yield Machine(home, server.url(WAREHOUSE_DATABASE), stack)
        finally:
            stack.stop()
            server.stop()
            home.remove()
