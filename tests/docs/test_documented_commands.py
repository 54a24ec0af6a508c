"""Every command that a page tells people to type exists, with what they add to it."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import documentation
import pytest
from documentation import PROJECT

MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^([a-z-]+):.*\n((?:\t.*\n)+)", MAKEFILE, flags=re.MULTILINE))
#: Read by every command: the first by the code, the second by the Makefile.
ANYWHERE = {"CRM_HOME", "PYTHON"}
COMMAND = r"\bmake ([a-z][a-z-]+)((?:(?: |\[)+[A-Z_]+=(?:\"[^\"]*\"|[^\s\"]*))*)"


def variables(target: str) -> set[str]:
    """Those that the recipe of a target reads."""
    recipe = RECIPES[target].replace("$(TESTS)", "$(WORKERS)")
    read = re.findall(r"\$\$\{?([A-Z_]+)|\$\((?:or \$\()?([A-Z_]+)", recipe)
    return {name for either in read for name in either if name}


def commands() -> set[tuple[str, str, str]]:
    found = set()
    for page in documentation.PAGES:
        for each in documentation.code(page):
            found |= {(page.name, target, named) for target, named in re.findall(COMMAND, each)}
    return found


def test_every_target_of_make_exists():
    assert {(page, target) for page, target, _ in commands() if target not in RECIPES} == set()


def test_every_variable_behind_a_target_is_read_by_it():
    wrong = set()
    for page, target, named in commands():
        for name in set(re.findall(r"([A-Z_]+)=", named)) - ANYWHERE - variables(target):
            wrong.add((page, target, name))
    assert wrong == set()


def in_the_table(page: Path) -> dict[str, frozenset[str]]:
    """Targets of the table of commands and the variables beside them."""
    table = re.findall(r"^\| (`make .*?) \| (.*) \|$", documentation.text(page), flags=re.MULTILINE)
    return {
        target: frozenset(re.findall(r"\b([A-Z]+)=", beside))
        for first, beside in table
        for target in re.findall(r"`make ([a-z-]+)`", first)
    }


def test_both_readmes_give_the_same_commands_the_same_variables():
    english, chinese = in_the_table(PROJECT / "README.md"), in_the_table(PROJECT / "README.zh-CN.md")
    assert english == chinese


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_table_of_commands_names_variables_that_one_of_its_targets_reads(page):
    table = re.findall(r"^\| (`make .*?) \| (.*) \|$", documentation.text(PROJECT / page), flags=re.MULTILINE)
    for first, beside in table:
        read = set().union(*(variables(target) for target in re.findall(r"`make ([a-z-]+)`", first)))
        assert set(re.findall(r"\b([A-Z]+)=", beside)) - read - {"CMD"} == set(), first


def test_every_module_that_is_run_by_python_exists():
    modules = set(documentation.everywhere(r"python -m ([\w.]+)"))
    assert modules
    assert {(page, name) for page, name in modules if not _is_module(name)} == set()


def _is_module(name: str) -> bool:
    if importlib.util.find_spec(name.partition(".")[0]):
        return importlib.util.find_spec(name) is not None
    return (PROJECT / "tests" / name.replace(".", "/") / "__main__.py").exists()
