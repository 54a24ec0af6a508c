"""Every SQL file says what it does and what it is given, and is one that somebody runs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SQL = PROJECT / "include" / "sql"
STEPS = sorted(file for file in SQL.rglob("*.sql") if file.parent.name not in ("schema", "citus"))
PARAMETER = re.compile(r"(?<![:\w]):([a-z]\w*)")


def _name(file: Path) -> str:
    return file.relative_to(SQL).with_suffix("").as_posix()


def _header(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line)
    return "\n".join(lines)


def _code(text: str) -> str:
    """The statements without comments and string literals."""
    return re.sub(r"'(?:[^']|'')*'", "''", re.sub(r"--.*", "", text))


@cache
def _tables() -> frozenset[str]:
    schema = "".join(file.read_text(encoding="utf-8") for file in (SQL / "schema").glob("*.sql"))
    return frozenset(re.findall(r"^create (?:unlogged )?table (?:crm|staging)\.(\w+)", schema, re.MULTILINE))


@pytest.fixture(scope="module")
def python() -> str:
    folders = (PROJECT / "plugins", PROJECT / "dags", PROJECT / "bench", PROJECT / "tests")
    return "\n".join(file.read_text(encoding="utf-8") for folder in folders for file in folder.rglob("*.py"))


@pytest.mark.parametrize("file", STEPS, ids=_name)
def test_a_step_says_what_it_does_and_names_its_parameters(file):
    text = file.read_text(encoding="utf-8")
    header = _header(text)
    assert len(header) > 20, "begin with a comment: what it does and why"
    # What fills the column of the same name needs no word of its own.
    filled = {
        name
        for columns in re.findall(r"insert into [\w.]+(?: as \w+)? \(([^)]*)\)", text)
        for name in columns.split(",")
    }
    given = set(PARAMETER.findall(_code(text))) - {name.strip() for name in filled}
    if "the columns of" in header:
        return
    assert not {name for name in given if not re.search(rf"\b{name}\b", header)}, "the header lists every parameter"


@pytest.mark.parametrize("file", STEPS, ids=_name)
def test_tables_are_named_with_their_schema(file):
    # The embedded server's user is called crm, so an unqualified name would be found there, and nowhere else.
    code = _code(file.read_text(encoding="utf-8"))
    room = "".join(other.read_text(encoding="utf-8") for other in file.parent.glob("*.sql"))
    own = set(re.findall(r"(?:with|,)\s*(\w+)(?:\s*\([^)]*\))?\s+as\s+(?:not\s+)?(?:materialized\s+)?\(", code))
    own |= set(re.findall(r"create temp(?:orary)? table (?:if not exists )?(\w+)", room))
    used = set(re.findall(r"\b(?:from|join|into|update|using|truncate)\s+(\w+)\b(?!\s*[.(])", code))
    assert not (used & _tables()) - own


@pytest.mark.parametrize("file", STEPS, ids=_name)
def test_a_step_is_run_by_somebody(file, python):
    assert re.search(rf"""["'/]{re.escape(_name(file))}["']|["'/]{re.escape(file.stem)}["']""", python) or any(
        re.search(rf"{file.parent.name}/(\w*)\{{\w", python) and file.stem.startswith(prefix)
        for prefix in re.findall(rf"{file.parent.name}/(\w*)\{{", python)
    ), "delete it"
