"""What the documentation says in code: spans, fenced blocks and the rows of tables, by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
#: Generated pages have tests of their own; decisions.md tells of the past, with names that are gone.
ELSEWHERE = {"data_dictionary.md", "decisions.md"}
PAGES = [
    PROJECT / "README.md",
    PROJECT / "README.zh-CN.md",
    *(page for page in sorted((PROJECT / "docs").glob("*.md")) if page.name not in ELSEWHERE),
]


@cache
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def fences(page: Path, language: str = r"\w*") -> list[str]:
    """The blocks between ``` of a language (default: all), without what they are indented by."""
    blocks = re.findall(rf"^( *)```({language})\n(.*?)^ *```$", text(page), flags=re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, _, body in blocks]


def spans(page: Path) -> list[str]:
    """Code within sentences and tables."""
    return _spans(re.sub(r"^ *```.*?^ *```$", "", text(page), flags=re.DOTALL | re.MULTILINE))


def _spans(words: str) -> list[str]:
    return re.findall(r"(?<!`)`([^`]+)`(?!`)", words)


def code(page: Path) -> list[str]:
    return [*spans(page), *fences(page)]


def everywhere(pattern: str) -> Iterator[tuple[str, str]]:
    """Pages and what the pattern finds in their code."""
    for page in PAGES:
        for each in code(page):
            yield from ((page.name, found[1]) for found in re.finditer(pattern, each))


def rows(name: str, heading: str) -> list[tuple[str, ...]]:
    """Cells of the first table below a heading of a page, without its head."""
    section = text(PROJECT / name).split(f"# {heading}\n", 1)[1]
    table = re.search(r"^\|.*\n\|[ :|-]+\n((?:\|.*\n)+)", section, flags=re.MULTILINE)
    assert table, f"{name}: no table below {heading}"
    return [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in table[1].splitlines()]


def keys(name: str, heading: str) -> set[str]:
    """Code in the first column of that table."""
    return {span for first, *_ in rows(name, heading) for span in _spans(first)}
