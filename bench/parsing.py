"""(d) Parsing all DAG files against a process that only imports Airflow's ``dag``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from bench.report import Row, median
from crm import settings

BARE = "from airflow.sdk import dag"
ALL = """
import importlib.util, pathlib, sys
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    spec = importlib.util.spec_from_file_location(f"parsed_{file.stem}", file)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
"""


def measure(repeats: int = 7) -> list[Row]:
    """Whole processes, alternating, medians."""
    bare, parsed = [], []
    with tempfile.TemporaryDirectory() as home:
        _run(BARE, home), _run(ALL, home)  # warm the caches
        for _ in range(repeats):
            bare.append(_run(BARE, home))
            parsed.append(_run(ALL, home))
    ratio = median(parsed) / median(bare)
    return [
        Row(
            "parse all DAG files / `from airflow.sdk import dag`",
            f"{median(parsed):.2f} s / {median(bare):.2f} s",
            ratio,
            at_most=1.5,
        )
    ]


def _run(code: str, home: str) -> float:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": home,
        "PYTHONPATH": str(settings.PROJECT / "plugins"),
        "CRM_BUSINESS": str(settings.INCLUDE / "business.yaml"),
    }
    began = time.perf_counter()
    command = [sys.executable, "-c", code, str(settings.PROJECT / "dags")]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - began
