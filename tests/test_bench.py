"""Every benchmark runs, at a hundredth of its size; what it measures there says nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]


#: Words of each part's line.
SAID = {
    "parse": "parse all DAG", "refresh": "refresh of a day", "decide": "deciding 4", "evaluate": "sums of",
    "send": "sending 10", "webhook": "webhook", "desk": "desk: `/`",
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(
    "parts",
    [("evaluate", "webhook"), pytest.param(("parse", "ingest", *SAID), marks=pytest.mark.proof)],
    ids=["two", "every"],
)
def test_benchmarks_run(parts: tuple[str, ...]) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", "AIRFLOW"))}
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--small", *dict.fromkeys(parts)],
        cwd=PROJECT, env=plain | {"PYTHONPATH": "plugins"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for part in SAID.keys() & set(parts):
        assert SAID[part] in done.stdout
