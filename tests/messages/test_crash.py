"""The crash test: one run of each kind each time, 200 of `make crash-test` among the proofs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crm import settings

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("runs", [pytest.param(5, marks=pytest.mark.long), pytest.param(200, marks=pytest.mark.proof)])
def test_whatever_crashes_nobody_is_written_to_twice_and_nobody_is_lost(runs: int) -> None:
    paths = [settings.PROJECT / "plugins", TESTS, TESTS / "messages", *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-m", "crash_test", "--runs", str(runs)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "0 accepted twice, 0 not accounted for" in done.stdout
    assert "after they were settled 0," in done.stdout
