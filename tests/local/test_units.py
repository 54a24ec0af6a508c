"""The length of a command in units of its machine, measured before and after; no figure where the machine changed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crm.local import units

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


def test_the_first_import_is_not_counted_and_the_median_of_the_next_three_is():
    times = iter([9.0, 1.0, 3.0, 1.5])
    assert units.measure(lambda: next(times)) == 1.5
    times = iter([2.0, 8.0, 2.5])
    assert units.measure(lambda: next(times), warm_up=False) == 2.5


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (1.0, 1.2, "U = 1.10 s (1.00 s before, 1.20 s after); the demo took 110 s = 100 U"),
        (1.21, 1.0, "U: no measurement (1.21 s before, 1.00 s after); the demo took 110 s"),
        (1.0, 1.21, "U: no measurement (1.00 s before, 1.21 s after); the demo took 110 s"),
    ],
    ids=["steady", "faster", "slower"],
)
def test_medians_that_differ_by_more_than_a_fifth_are_no_measurement(before, after, expected):
    assert units.said("the demo", 110, before, after) == expected


def run(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
    quick = f"import sys; from crm.local import units; units.IMPORT = (sys.executable, '-c', 'pass'); {CALL}"
    return subprocess.run(
        [sys.executable, "-c", quick, "it", "--", *command], text=True, capture_output=True, check=False,
        env=os.environ | {"PYTHONPATH": str(PLUGINS)} | more,
    )  # fmt: skip


CALL = "sys.exit(units.main(sys.argv[1:]))"


def test_output_and_exit_status_of_the_command_stay_and_the_length_is_the_last_line():
    done = run("sh", "-c", "echo hello; exit 3")
    assert done.returncode == 3
    first, hello, last = done.stdout.splitlines()
    assert first.startswith("measuring U")
    assert hello == "hello"
    assert re.search(r"; it took \d+ s", last)


def test_the_command_counts_from_where_the_person_began_to_wait_without_the_measuring():
    done = run("sh", "-c", "echo $CRM_STARTED", CRM_STARTED="1000")
    assert 1000 < float(done.stdout.splitlines()[1]) < 1000 + 600
    assert int(re.search(r"it took (\d+) s", done.stdout)[1]) > 1_000_000, "since 1970"


def test_a_command_that_a_person_ended_is_not_measured():
    done = run("sh", "-c", "exit 130")
    assert (done.returncode, "it took" in done.stdout) == (130, False)
