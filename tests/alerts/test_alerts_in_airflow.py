"""A live shop in a real Airflow: late data and a failed task are told, once each; counts are metrics and in events."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from listening import Receiver, Statsd, receiver, statsd

from airflow_machine import Machine, running, write
from crm import settings

pytestmark = pytest.mark.long

ZONE = "America/New_York"
#: The business date of the latest morning (06:00): its run is the only one that is due, whatever the hour.
DUE = (datetime.datetime.now(ZoneInfo(ZONE)) - datetime.timedelta(days=1, hours=6)).date()
BUSINESS = {
    "name": "A shop that is late", "time_zone": ZONE, "currency": "USD", "country": "US",
    "sources": ["complete_journey"], "schedule_from": DUE, "alerts": {"late_after_minutes": 1},
}  # fmt: skip
PERSON = {"name": "Anna Quietwater", "email": "anna.quietwater@example.com", "mobile": "+12025550123"}
LINES = 12


def deliver(folder: Path) -> None:
    """The orders of the date that is due."""
    write(folder / "orders" / f"{DUE}.csv", [
        {"order_id": f"{DUE}-{n}", "line": 1, "customer_id": 1, "product_id": 1, "quantity": 1, "sales_value": 10,
         "retail_disc": 0, "coupon_disc": 0, "ordered_at": f"{DUE}T15:00:00Z"} for n in range(1, LINES + 1)
    ])  # fmt: skip
    write(folder / "products" / f"{DUE}.csv", [{"product_id": 1, "name": "Tea", "category": "Food > Tea"}])
    write(folder / "customers" / f"{DUE}.csv", [
        {"customer_id": 1, **PERSON, "region": "Ohio", "birthday": "", "invented": "true", "consent_email": "true",
         "consent_sms": "true", "consent_source": "checkout", "consent_at": f"{DUE}T00:00:00Z"}
    ])  # fmt: skip


class Watched:
    """Airflow over the shop, and those who listen to it."""

    def __init__(self, machine: Machine, alerts: Receiver, metrics: Statsd) -> None:
        self.machine, self.api, self.alerts, self.metrics = machine, machine.api, alerts, metrics

    def told(self, about: str, dag_id: str) -> list[dict]:
        return [body for _, body in self.alerts.told if (body["about"], body["dag_id"]) == (about, dag_id)]

    def day_is_done(self) -> bool:
        return any((run.key, run.state) == (f"{DUE}", "success") for run in self.api.runs("daily_orders"))


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    pytest.importorskip("statsd")
    with receiver() as alerts, statsd() as metrics:
        environment = {
            "AIRFLOW_CONN_CRM_ALERTS": f'{{"host": "{alerts.url}", "extra": {{"format": "json"}}}}',
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(metrics.port),
        }
        folder = tmp_path_factory.mktemp("alerts")
        with running(folder, BUSINESS, {}, deliver, environment=environment) as machine:
            yield Watched(machine, alerts, metrics)


def test_counts_of_a_day_are_metrics_and_stand_in_the_asset_events(watched: Watched) -> None:
    watched.machine.until("the scheduled day", watched.day_is_done)
    watched.machine.until("its metrics", lambda: watched.metrics.counters["airflow.crm.refresh.customers"])
    assert watched.metrics.counters["airflow.crm.publish.lines_published"] == LINES
    assert "airflow.dag.daily_orders.publish.duration" in watched.metrics.timers
    events = watched.api.call("GET", "/assets/events?limit=100")["asset_events"]
    extra = {event["name"]: event["extra"] for event in events}
    assert extra["orders"]["lines_published"] == LINES
    assert extra["customers"]["customers"] == 1


@pytest.mark.proof
def test_airflow_dags_test_ends_well_in_a_shop_whose_dates_have_a_deadline(watched: Watched) -> None:
    watched.machine.until("the scheduled day", watched.day_is_done)
    command = ["--arguments", f'dags test plan_campaigns --conf \'{{"business_date": "{DUE}"}}\'']
    done = subprocess.run(
        [sys.executable, "-m", "crm.local", "airflow", *command],
        env=os.environ | {"PYTHONPATH": str(settings.PROJECT / "plugins")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_a_date_that_waits_for_its_data_is_told_once(watched: Watched) -> None:
    def told() -> list[dict]:
        return [alert for alert in watched.told("late", "daily_orders") if alert["partition_key"] == "2020-02-02"]

    watched.api.trigger("daily_orders", {"mode": "live"}, "2020-02-02")
    (late,) = watched.machine.until("the missing delivery", told)
    assert late["text"].startswith("daily_orders 2020-02-02 is not done 1 minutes after it began to wait")
    assert watched.told("failed", "daily_orders") == [], "it is tried again, nothing has failed yet"


def test_a_task_that_fails_is_told_once_however_often_it_is_tried(watched: Watched) -> None:
    run = watched.api.trigger("waive", {"date": None, "reason": ""})
    for _ in range(2):
        watched.machine.until("the failed waiver", lambda: watched.api.run("waive", run.run_id).state == "failed")
        watched.api.clear(run)
    watched.machine.until("its third failure", lambda: watched.api.run("waive", run.run_id).state == "failed")
    (told,) = watched.machine.until("the alert", lambda: watched.told("failed", "waive"))
    assert (told["task_id"], told["error"]) == ("waive", "RunError")
    assert told["url"].startswith(f"{watched.machine.origin}/dags/waive/runs/manual__")


def test_no_log_of_airflow_names_a_person(watched: Watched) -> None:
    watched.machine.until("the scheduled day", watched.day_is_done)
    logs = [file for file in watched.machine.home.airflow.rglob("*.log") if file.is_file()]
    assert len(logs) > 10
    named = {word: file for file in logs for word in PERSON.values() if word in file.read_text(errors="replace")}
    assert not named
    assert not [word for word in PERSON.values() if word in str(watched.alerts.told)]
