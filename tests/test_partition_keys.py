"""Every business date comes exactly once, whatever the clocks of the time zone do."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

DAILY_ORDERS = Path(__file__).resolve().parents[1] / "dags" / "daily_orders.py"
ZONES = ("America/New_York", "Europe/London", "Asia/Shanghai", "Asia/Beirut")

#: Prints the keys that the scheduler would make in two years, for each (schedule, zone).
PROBE = """
import json, sys
from airflow.timetables.base import TimeRestriction
from airflow.timetables.trigger import CronPartitionTimetable
import pendulum

found = []
for arguments, zone in json.loads(sys.argv[1]):
    timetable = CronPartitionTimetable(*arguments["args"], **arguments["kwargs"], timezone=zone)
    # The first run at or after this instant is for the first of January.
    start = pendulum.datetime(2026, 1, 2, tz=zone)
    restriction = TimeRestriction(earliest=start, latest=None, catchup=True)
    keys, last = [], None
    while not keys or keys[-1] < "2027-12-31":
        last = timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)
        keys.append(last.partition_key)
    found.append(keys)
print(json.dumps(found))
"""


def _schedule_of_daily_orders() -> dict:
    """The literal arguments of the timetable in the DAG file (all but the time zone)."""
    for node in ast.walk(ast.parse(DAILY_ORDERS.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "CronPartitionTimetable":
            kwargs = {k.arg: ast.literal_eval(k.value) for k in node.keywords if k.arg != "timezone"}
            return {"args": [ast.literal_eval(argument) for argument in node.args], "kwargs": kwargs}
    raise AssertionError(f"{DAILY_ORDERS} has no CronPartitionTimetable")


AT_TWO = {"args": ["0 2 * * *"], "kwargs": {"run_offset": -1, "key_format": "%Y-%m-%d"}}


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> dict[str, list[str]]:
    """Keys by zone; ``at two`` are those of New York at an hour that summer time touches."""
    schedules = [(_schedule_of_daily_orders(), zone) for zone in ZONES] + [(AT_TWO, "America/New_York")]
    home = tmp_path_factory.mktemp("airflow")
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(schedules)],
        env={**os.environ, "AIRFLOW_HOME": str(home), "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip((*ZONES, "at two"), json.loads(done.stdout.strip().splitlines()[-1]), strict=True))


@pytest.mark.parametrize("zone", ZONES)
def test_two_years_of_partition_keys_hold_each_date_once(keys, zone):
    first = date(2026, 1, 1)
    assert keys[zone] == [(first + timedelta(days=n)).isoformat() for n in range(730)]


def test_an_hour_that_summer_time_touches_would_not_do(keys):
    assert keys["at two"] != keys["America/New_York"]
