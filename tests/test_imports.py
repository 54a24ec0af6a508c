"""Imports point one way, parsing stays light, SQL stays in files, and nobody reads the clock.

Everything here reads source text: nothing of the product is imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "plugins" / "crm"
DAGS = PROJECT / "dags"
ROOMS = ("orders", "customers", "campaigns", "messages", "evaluation")

#: May import Airflow; everything else is plain Python that a test or a script can call.
#: (the notifier and the metrics are Airflow's own interfaces; what they tell is plain Python beside them.)
#: (the scheduler of this machine is Airflow's own, started earlier.)
AIRFLOW = (
    *("warehouse.py", "connections.py", "settings.py", "alerts/notifier.py", "metrics.py", "retries.py", "web/"),
    "local/scheduler.py",
)
HEAVY = {
    "altair", "boto3", "botocore", "duckdb", "great_expectations", "numpy", "openpyxl", "pandas", "psycopg", "pyarrow",
    "scipy", "sendgrid", "sqlalchemy", "statsmodels", "vl_convert",
}  # fmt: skip
#: Run by hand or by Alembic, never by a DAG file.
BY_HAND = ("local/", "migrations/")


def _modules(*folders: Path) -> list[Path]:
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def _inside(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix() if file.is_relative_to(PACKAGE) else file.name


def _room(file: Path) -> str | None:
    folder = _inside(file).split("/")[0]
    return folder if folder in ROOMS else None


def _names(node: ast.AST, file: Path) -> Iterator[str]:
    """Dotted names that an import statement brings in, relative ones resolved."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = file.relative_to(PROJECT / "plugins").with_suffix("").parts[: -node.level]
            base = ".".join([*package, *([base] if base else [])])
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _imports(file: Path) -> set[str]:
    return {name for node in ast.walk(_tree(file)) for name in _names(node, file)}


def _at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when a module is imported: not those of functions, nor of ``if TYPE_CHECKING``."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _at_import(node.orelse)
            continue
        yield node
        for block in ("body", "orelse", "finalbody"):
            yield from _at_import(getattr(node, block, []))


def test_rooms_never_import_each_other():
    wrong = [
        f"{_inside(file)}: {name}"
        for file in _modules(PACKAGE)
        for name in _imports(file)
        for other in ROOMS
        if _room(file) and other != _room(file) and f"{name}.".startswith(f"crm.{other}.")
    ]
    assert not wrong, "rooms meet in tables"


def test_the_shared_modules_import_no_room():
    shared = PACKAGE.glob("*.py")
    wrong = [f"{file.name}: {name}" for file in shared for name in _imports(file)
             if name.split(".")[:1] == ["crm"] and name.split(".")[1] in ROOMS]  # fmt: skip
    assert not wrong


def test_only_the_dags_the_warehouse_the_settings_and_the_pages_import_airflow():
    wrong = [
        f"{_inside(file)}: {name}"
        for file in _modules(PACKAGE)
        if not _inside(file).startswith(AIRFLOW)
        for name in _imports(file)
        if name.split(".")[0] == "airflow"
    ]
    assert not wrong


def test_dags_import_nothing_but_airflow_the_standard_library_and_crm_when_they_are_parsed():
    light = {"airflow", "crm", "datetime", "__future__", "pathlib", "json", "functools", "typing", "collections"}
    wrong = [
        f"{file.name}: {name}"
        for file in _modules(DAGS)
        for node in _at_import(_tree(file).body)
        for name in _names(node, file)
        if name.split(".")[0] not in light
    ]
    assert not wrong


@pytest.mark.parametrize("file", [f for f in _modules(PACKAGE) if not _inside(f).startswith(BY_HAND)], ids=_inside)
def test_heavy_packages_are_imported_inside_functions(file):
    heavy = {
        name
        for node in _at_import(_tree(file).body)
        for name in _names(node, file)
        if name.split(".")[0] in HEAVY
    }  # fmt: skip
    assert not heavy, "DAG files are parsed again and again: import it where it is used"


def test_what_tasks_share_holds_packages_alone_and_only_airflow_imports_it():
    assert not [f for f in _modules(PROJECT / "plugins", DAGS) if "crm.preloaded" in _imports(f)]
    shared = next(node.value for node in _tree(PACKAGE / "preloaded.py").body if isinstance(node, ast.Assign))
    packages = ast.literal_eval(shared)
    assert "great_expectations" in {name.split(".")[0] for name in packages}
    assert not [name for name in packages if name.split(".")[0] == "crm"], "a changed file would need a restart"


SQL = re.compile(
    r"^\s*(select\b.+\bfrom\b|select\s+\w+\(|with\s+\w+\s+as\s*\(|insert\s+into\b|update\s+[\w.]+\s+set\b|delete\s+from\b"
    r"|merge\s+into\b|truncate\b|copy\s+[\w.]+\s+(from|to|\()|(create|drop|alter)\s+(table|view|index|schema|temp|role)\b)",
    re.IGNORECASE | re.DOTALL,
)


def _strings(tree: ast.Module) -> Iterator[str]:
    """String constants that are no docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def test_python_holds_no_sql():
    wrong = [
        f"{_inside(file)}: {text[:60]!r}"
        for file in _modules(PACKAGE, DAGS)
        # The door itself, and what prepares the server before there is a schema.
        if _inside(file) not in ("warehouse.py", "local/postgres.py", "migrations/reader.py")
        for text in _strings(_tree(file))
        if SQL.match(text)
    ]
    assert not wrong, "SQL lives in include/sql/<room>/<step>.sql"


#: The injected clock of the send gate, and the commands a person runs.
MAY_READ_THE_CLOCK = ("messages/clock.py", "local/")
CLOCK = re.compile(
    r"((\w+\.)*(datetime|date|dt|pendulum|timezone|pd|pandas|Timestamp)\.(now|utcnow|today)"
    r"|time\.(time|time_ns|localtime|gmtime))$"
)


def _clock_reads(file: Path) -> Iterator[str]:
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Call) and CLOCK.match(called := ast.unparse(node.func)):
            yield f"{_inside(file)}:{node.lineno}: {called}()"


def test_python_never_reads_the_clock():
    wrong = [
        read
        for file in _modules(PACKAGE, DAGS)
        if not _inside(file).startswith(MAY_READ_THE_CLOCK)
        for read in _clock_reads(file)
    ]
    assert not wrong, "every step takes its business date as a parameter"


CLOCK_IN_SQL = re.compile(
    r"\b(now\(\)|current_date\b|current_time(stamp)?\b|localtime(stamp)?\b|(clock|statement|transaction)_timestamp\s*\()",
    re.IGNORECASE,
)


def test_sql_never_reads_the_clock():
    wrong = []
    for file in sorted((PROJECT / "include" / "sql").rglob("*.sql")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            code = line.split("--")[0]
            # Columns that tell operators when something was read or planned are filled by their default.
            if CLOCK_IN_SQL.search(re.sub(r"default clock_timestamp\(\)", "", code)):
                wrong.append(f"{file.relative_to(PROJECT)}:{number}: {code.strip()}")
    assert not wrong, "the business date is a parameter"


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("import pandas", True),
        ("class A:\n    import pandas", True),
        ("try:\n    import pandas\nfinally:\n    pass", True),
        ("def f():\n    import pandas", False),
        ("if TYPE_CHECKING:\n    import pandas", False),
    ],
)
def test_this_test_tells_what_runs_when_a_module_is_imported(code, caught):
    names = [name for node in _at_import(ast.parse(code).body) for name in _names(node, PACKAGE / "x.py")]
    assert names == (["pandas"] if caught else [])


@pytest.mark.parametrize("text", ["select a from b", "\n  INSERT INTO x values (1)", "with a as (select 1) select 1",
                                  "update crm.orders set a = 1", "copy crm.orders from stdin"])  # fmt: skip
def test_this_test_knows_sql_when_it_sees_it(text):
    assert SQL.match(text)
