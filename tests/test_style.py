"""The tree is as `make lint` wants it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PYTHON = ("plugins", "dags", "tests", "bench")


def _run(*command: str) -> None:
    tool = Path(sys.executable).parent / command[0]
    if not tool.exists():
        pytest.skip(f"{command[0]} is not installed beside {sys.executable}: run `make venv`")
    done = subprocess.run([str(tool), *command[1:]], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-4000:]}{done.stderr[-1000:]}"


def test_python_passes_ruff_with_the_rules_for_airflow():
    _run("ruff", "check", *PYTHON)


def test_python_is_formatted():
    _run("ruff", "format", "--check", *PYTHON)


@pytest.mark.proof
def test_plugins_crm_is_typed():
    _run("mypy")


@pytest.mark.proof
def test_sql_passes_sqlfluff():
    _run("sqlfluff", "lint", "--processes", "2", "include/sql")
