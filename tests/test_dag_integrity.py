"""What Airflow's DAG processor sees: every file parses, fast, and touches nothing while it does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
CLOSED = PROJECT / "include" / "business.yaml"
OPEN = """
name: A live shop
time_zone: Asia/Shanghai
currency: CNY
country: CN
sources: [complete_journey]
"""
#: What a parsed DAG file may not have pulled in. (Airflow itself brings SQLAlchemy.)
HEAVY = (
    "altair",
    "boto3",
    "great_expectations",
    "numpy",
    "openpyxl",
    "pandas",
    "psycopg",
    "pyarrow",
    "scipy",
    "statsmodels",
)

#: Parses dags/ for each settings file, with every socket and every database refused, and prints what it found.
PROBE = """
import json, os, socket, sqlite3, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

def refuse(*arguments, **options):
    raise AssertionError("a DAG file opened a connection while it was parsed")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = sqlite3.connect = refuse
folder, heavy, *settings = json.loads(sys.argv[1])
found = []
for file in settings:
    os.environ["CRM_BUSINESS"] = file
    bag = DagBag(folder, bundle_name="dags")
    found.append({
        "errors": bag.import_errors,
        "heavy": [name for name in heavy if name in sys.modules],
        "dags": {dag.dag_id: {
            "tags": sorted(dag.tags), "owner": dag.owner, "doc_md": dag.doc_md or "", "catchup": dag.catchup,
            "paused": dag.is_paused_upon_creation,
            "max_active_runs": dag.max_active_runs, "timetable": type(dag.timetable).__name__,
            "partition": [str(getattr(dag.timetable, "timezone", "")), getattr(dag.timetable, "run_offset", None)],
            "tasks": {task.task_id: str(task.execution_timeout or "") for task in dag.tasks},
            "retries": {task.task_id: [
                task.retries, task.retry_delay.total_seconds(), task.retry_exponential_backoff,
                task.max_retry_delay.total_seconds() if task.max_retry_delay else None,
                type(task.retry_policy).__name__,
            ] for task in dag.tasks},
            "choices": {name: dag.params.get_param(name).schema.get("enum") for name in dag.params},
            "serialized": bool(DagSerialization.to_dict(dag)),
            "silent": [task.task_id for task in dag.tasks if not task.on_failure_callback],
            "deadlines": [[each.interval.total_seconds() / 60, each.callback.path] for each in dag.deadline or []],
            "outlets": {task.task_id: [each.name for each in task.outlets] for task in dag.tasks if task.outlets},
        } for dag in bag.dags.values()},
    })
print(json.dumps(found))
"""


def parse(folder: Path, settings: list[Path], **more: str) -> list[dict]:
    """What Airflow finds in dags/ for each settings file, in a process of its own."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "CRM_HOME": str(folder / "home"),
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps([str(PROJECT / "dags"), HEAVY, *map(str, settings)])],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert not (folder / "home").exists(), "parsing a DAG file wrote to $CRM_HOME"
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def parsed(tmp_path_factory) -> list[dict]:
    """What was found for the closed sample shop and for a live one."""
    folder = tmp_path_factory.mktemp("parse")
    live = folder / "business.yaml"
    live.write_text(OPEN)
    return parse(folder, [CLOSED, live])


@pytest.fixture(scope="module")
def dags(parsed) -> dict[str, dict]:
    return parsed[0]["dags"]


def test_every_dag_file_imports_without_a_connection(parsed):
    assert [found["errors"] for found in parsed] == [{}, {}]


def test_parsing_takes_no_heavy_package(parsed):
    assert [found["heavy"] for found in parsed] == [[], []]


def test_there_is_one_dag_for_each_declared_campaign(dags):
    import yaml

    declared = {yaml.safe_load(file.read_text())["campaign"] for file in (PROJECT / "include/campaigns").glob("*.yaml")}
    assert declared
    others = {
        "daily_orders",
        "plan_campaigns",
        "waive",
        "collect_responses",
        "evaluate_campaigns",
        "test_send",
        "erase_customer",
        "housekeeping",
    }
    assert set(dags) == others | {f"campaign_{name}" for name in declared}


def test_every_dag_says_what_it_does_and_whose_it_is(dags):
    for name, dag in dags.items():
        assert len(dag["doc_md"].strip()) > 100, name
        assert "crm" in dag["tags"], name
        assert dag["owner"] in ("data-engineering", "marketing"), name


def test_every_task_ends_some_day(dags):
    endless = [f"{name}.{task}" for name, dag in dags.items() for task, timeout in dag["tasks"].items() if not timeout]
    assert not endless


#: Tasks that do not follow the one policy, with how often they are repeated and why.
REPEATED_OTHERWISE = {
    "campaign_*.approve": (0, "a repetition would ask the question again"),
    "test_send.send": (0, "a repetition would write to the same person twice"),
    "daily_orders.ingest": (16, "a late delivery is looked for again through the working day; not in a closed shop"),
    "erase_customer.remove_files": (15, "a message to the customer may be on its way for some minutes"),
}


def _repeated(found: dict) -> dict[str, list]:
    """Retries, first delay, growth, longest delay and policy of every task by ``dag.task``, all campaigns as one."""
    every = {}
    for name, dag in found["dags"].items():
        for task, retries in dag["retries"].items():
            key = f"{'campaign_*' if name.startswith('campaign_') else name}.{task}"
            assert every.setdefault(key, retries) == retries, key
    return every


def test_every_task_repeats_what_failed_with_growing_delays_but_for_four_that_are_named(parsed):
    closed, live = map(_repeated, parsed)
    assert live.keys() == closed.keys()
    assert REPEATED_OTHERWISE.keys() <= live.keys()
    ordinary = [task for task in live if task not in REPEATED_OTHERWISE]
    assert {tuple(live[task]) for task in ordinary} == {(5, 60, 2, 900, "Repeat")}
    # Somebody watches a closed shop: an error is shown within a minute.
    assert {tuple(closed[task]) for task in [*ordinary, "daily_orders.ingest"]} == {(3, 5, 2, 30, "Repeat")}
    for task, (times, _) in REPEATED_OTHERWISE.items():
        assert live[task][0] == times, task
        assert not times or live[task][2:] == [2, 900, "Repeat"], task


def test_dates_never_overtake_each_other_and_a_waiting_campaign_blocks_no_other_date(dags):
    for name, dag in dags.items():
        waits = name.startswith("campaign_") or name == "plan_campaigns"
        assert dag["max_active_runs"] == (32 if waits else 1), name


def test_a_closed_shop_is_never_scheduled(dags):
    timetables = {dag["timetable"] for dag in dags.values()}
    assert timetables == {"PartitionedAtRuntime", "NullTimetable", "PartitionedAssetTimetable"}


def test_a_live_shop_has_its_daily_partition_in_its_own_time_zone(parsed):
    daily = parsed[1]["dags"]["daily_orders"]
    assert daily["timetable"] == "CronPartitionTimetable"
    assert daily["partition"] == ["Asia/Shanghai", -1]
    assert not daily["catchup"]


def test_every_dag_that_takes_a_business_date_has_a_parameter_for_the_command_line(dags):
    dated = {name for name, dag in dags.items() if "business_date" in dag["choices"]}
    partitioned = {name for name, dag in dags.items() if dag["timetable"].startswith("Partitioned")}
    assert partitioned == {"daily_orders", "plan_campaigns", *(name for name in dags if name.startswith("campaign_"))}
    # housekeeping counts its periods as of a date, and by itself as of the last that is over.
    assert dated == {*partitioned, "housekeeping"}


def test_planning_follows_the_refreshed_customers(parsed):
    for found in parsed:
        assert found["dags"]["plan_campaigns"]["timetable"] == "PartitionedAssetTimetable"
        assert set(found["dags"]["daily_orders"]["tasks"]) == {
            "ingest", "validate", "publish", "refresh", "history_loaded", "evaluate",
        }  # fmt: skip


def test_an_approval_that_is_not_needed_costs_no_task(dags):
    for name, dag in dags.items():
        if name.startswith("campaign_"):
            assert set(dag["tasks"]) == {"preview", "approve", "send"}, name


def test_campaigns_run_only_when_they_are_due(dags):
    campaigns = {name: dag["timetable"] for name, dag in dags.items() if name.startswith("campaign_")}
    assert set(campaigns.values()) == {"PartitionedAssetTimetable"}


def test_the_form_of_a_test_send_offers_every_campaign_and_the_staff_alone(parsed):
    closed, live = (found["dags"]["test_send"]["choices"] for found in parsed)
    assert "thanksgiving" in closed["campaign"]
    assert closed["to"] == ["marketing"]
    assert live["to"] == [None]


def test_every_dag_can_be_stored_by_airflow(parsed):
    assert all(dag["serialized"] for found in parsed for dag in found["dags"].values())


def test_a_campaign_that_was_saved_at_the_desk_is_a_dag_when_airflow_next_looks(tmp_path):
    folder = tmp_path / "own" / "campaigns"
    folder.mkdir(parents=True)
    body = (PROJECT / "include" / "campaigns" / "thanksgiving.yaml").read_text().replace(
        "campaign: thanksgiving", "campaign: members_day"
    )  # fmt: skip
    (folder / "members_day.yaml").write_text(body + "template: thanksgiving\napproval: {above_messages: 0}\n")
    (found,) = parse(tmp_path, [CLOSED], CRM_HOME=str(tmp_path / "own"))
    assert {"campaign_thanksgiving", "campaign_members_day"} <= found["dags"].keys()
    assert found["dags"]["campaign_members_day"]["serialized"]
    # Every send of it waits for a person, so nobody has to unpause it.
    assert [found["dags"][f"campaign_{name}"]["paused"] for name in ("members_day", "thanksgiving")] == [False, None]
    assert not found["errors"]


def test_every_task_that_fails_is_told(parsed):
    assert not [(name, dag["silent"]) for found in parsed for name, dag in found["dags"].items() if dag["silent"]]


def test_a_live_shop_is_told_of_late_data_and_a_closed_one_is_not(parsed):
    closed, live = ({name: dag["deadlines"] for name, dag in found["dags"].items()} for found in parsed)
    assert not any(closed.values())
    told = [180.0, "crm.alerts.notifier.AlertNotifier"]
    assert {name: deadlines for name, deadlines in live.items() if deadlines} == {
        "daily_orders": [told],
        "plan_campaigns": [told],
    }


def test_what_a_step_leaves_behind_is_an_asset(dags):
    assert dags["daily_orders"]["outlets"] == {"publish": ["orders"], "refresh": ["customers"]}
    assert dags["plan_campaigns"]["outlets"] == {"plan": ["decisions"]}
    assert dags["campaign_thanksgiving"]["outlets"] == {"send": ["messages"]}
    assert dags["evaluate_campaigns"]["outlets"] == {"evaluate": ["results"]}


def test_a_bad_campaign_is_an_import_error_and_the_others_have_their_dags(tmp_path):
    campaigns = tmp_path / "campaigns"
    shutil.copytree(PROJECT / "include" / "campaigns", campaigns)
    (campaigns / "winter.yaml").write_text("campaign: winter\nkind: sesonal\n")
    (found,) = parse(tmp_path, [CLOSED], CRM_CAMPAIGNS=str(campaigns))
    assert "campaign_thanksgiving" in found["dags"]
    assert "campaign_winter" not in found["dags"]
    ((file, told),) = found["errors"].items()
    assert file.endswith("refused_campaigns.py")
    assert f"{campaigns / 'winter.yaml'}: " in told
    assert "kind: Input should be 'holiday', 'birthday', 'seasonal' or 'repurchase'" in told
