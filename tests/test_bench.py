"""Every benchmark runs, at a hundredth of its size; what it measures there says nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]


@pytest.mark.long
def test_every_benchmark_runs() -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", "AIRFLOW"))}
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--small"],
        cwd=PROJECT, env=plain | {"PYTHONPATH": "plugins"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for told in ("parse all DAG", "refresh of a day", "deciding 4", "sums of", "sending 10", "webhook", "desk: `/`"):
        assert told in done.stdout
