"""The header of a file: which line it is, and what its columns are called, for files of every format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from crm.orders.frames import Reading

#: Lines of a file among which a header is looked for.
LINES = 100


class Row(NamedTuple):
    """A row that may be the header: its line in the file (row of the sheet) from 1, and its cells."""

    line: int
    cells: Sequence[str]


def clean_name(name: str) -> str:
    """A column's name without the blanks, tabs and byte order marks that exports leave around it."""
    return name.strip().strip("\ufeff\"'").strip()


def named(reading: Reading, cells: Iterable[str]) -> list[str]:
    """The columns' names, each once. A column without one is called by its position, ``column 3``.

    :raises SourceError: two columns have a name that the mapping reads
    """
    names: list[str] = []
    clean = [clean_name(cell) or f"column {position}" for position, cell in enumerate(cells, 1)]
    twice = sorted({name for name in clean if clean.count(name) > 1} & reading.block.every_name())
    if twice:
        raise reading.error(f"has two columns {', '.join(twice)}", "rename one of them")
    for name in clean:
        names.append(name if name not in names else _again(name, {*clean, *names}))
    return names


def _again(name: str, taken: set[str]) -> str:
    return next(new for number in range(2, len(taken) + 3) if (new := f"{name} ({number})") not in taken)


def positions(count: int) -> list[str]:
    """The names of the columns of a file without a header: 1, 2, 3 …"""
    return [str(position) for position in range(1, count + 1)]


def choose(reading: Reading, rows: Callable[[], Iterator[Row]]) -> Row | None:
    """The row of the header, as ``header_row`` of the mapping says; None: the file has no row at all.

    :param rows: the first rows of the file that are not blank, again at each call
    :raises SourceError: the header is not where the mapping says, or the file has it further down
    """
    wanted = reading.block.header_row
    first = next(rows(), None)
    if first is None:
        return None
    if isinstance(wanted, int):
        return _at(reading, wanted, rows())
    if not _misses(reading, first):
        return first
    further = next((row for row in rows() if not _misses(reading, row)), None)
    if wanted == "by_name":
        return further or _nowhere(reading, first)
    if further is not None:
        key = reading.key("header_row")
        raise reading.error(
            f"has its table on a line further down: the columns are named in line {further.line}, "
            f"not in line {first.line}",
            f"set {key} of the mapping {reading.mapping.name!r} to {further.line}, or to by_name",
        )
    return first


def _misses(reading: Reading, row: Row) -> bool:
    return bool(reading.missing(map(clean_name, row.cells)))


def _at(reading: Reading, wanted: int, rows: Iterator[Row]) -> Row:
    for row in rows:
        if row.line == wanted:
            return row
    key = reading.key("header_row")
    raise reading.error(f"has no header in line {wanted}, which is blank or absent", f"correct {key} of the mapping")


def _nowhere(reading: Reading, first: Row) -> Row:
    missing = ", ".join(reading.missing(map(clean_name, first.cells)))
    raise reading.error(
        f"has no line among its first {LINES} with the columns for every one of {missing}",
        f"edit {reading.key('columns')} of the mapping {reading.mapping.name!r}, or give the line in "
        f"{reading.key('header_row')}",
    )


def depth(reading: Reading) -> int:
    """How many lines of a file are looked at for its header."""
    wanted = reading.block.header_row
    return max(LINES, wanted) if isinstance(wanted, int) else LINES
