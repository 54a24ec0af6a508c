"""Excel workbooks (.xlsx): every row of a sheet, whatever size the sheet says it has, or of several sheets."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, BinaryIO

from crm.orders import delimited, headers
from crm.orders.arrow import pa
from crm.orders.frames import Frame, Reading, numbered, without_rows

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

Cells = tuple[Any, ...]


def frames(reading: Reading, source: BinaryIO) -> Iterator[Frame]:
    """Yield the rows of the sheets that the mapping names, or of the first one.

    :raises SourceError: no workbook, no such sheet or header; the orders may be on several sheets
    """
    book = _open(reading, source)
    wanted = _wanted(reading, book)
    if len(wanted) == 1 and not reading.block.sheet:
        _refuse_others(reading, book, wanted[0])
    yield from numbered(chain.from_iterable(_sheet(reading, book, name) for name in wanted))


def _open(reading: Reading, source: BinaryIO) -> Workbook:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(source, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError):
        raise reading.error("is not an Excel workbook (.xlsx)", "save it as .xlsx, or correct the format") from None


def _wanted(reading: Reading, book: Workbook) -> list[str]:
    """The sheets to read."""
    names = [sheet.title for sheet in book.worksheets]
    wanted = reading.block.sheet
    if not wanted:
        return names[:1]
    if wanted == ("*",):
        return names
    missing = [name for name in wanted if name not in names]
    if missing:
        advice = f"correct {reading.key('sheet')} of the mapping {reading.mapping.name!r}"
        raise reading.error(f"has no sheet {', '.join(map(repr, missing))}, but {', '.join(names)}", advice)
    return list(wanted)


def _refuse_others(reading: Reading, book: Workbook, first: str) -> None:
    """Refuse a workbook whose first sheet is not the only one with the mapped columns: their rows would be lost."""
    more = [s.title for s in book.worksheets if s.title != first and _has_columns(reading, _head(book, s.title, 100))]
    if more:
        key = f"{reading.key('sheet')} of the mapping {reading.mapping.name!r}"
        problem = f"has the mapped columns on the sheet {', '.join(map(repr, more))} too, not only on {first!r}"
        if not _has_columns(reading, _head(book, first, 100)):
            problem = f"has the mapped columns on the sheet {', '.join(map(repr, more))}, not on the first, {first!r}"
        raise reading.error(problem, f'name the sheet, a list of them or "*" (all) in {key}')


def _has_columns(reading: Reading, head: list[headers.Row]) -> bool:
    if reading.block.header_row == "none":
        return bool(head)
    return any(not reading.missing(map(headers.clean_name, row.cells)) for row in head)


def _rows(book: Workbook, name: str) -> Iterator[Cells]:
    """All rows of a sheet. What it says of its own size is not believed: other programs leave it wrong."""
    sheet = book[name]
    sheet.reset_dimensions()
    return iter(sheet.iter_rows(values_only=True))


def _is_blank(row: Cells) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row)


def _head(book: Workbook, name: str, depth: int) -> list[headers.Row]:
    """The first rows of a sheet that are not blank."""
    rows = enumerate(islice(_rows(book, name), depth), 1)
    return [headers.Row(line, [_cell(cell) or "" for cell in row]) for line, row in rows if not _is_blank(row)]


def _sheet(reading: Reading, book: Workbook, name: str) -> Iterator[dict[str, pa.Array]]:
    head = _head(book, name, headers.depth(reading))
    if reading.block.header_row == "none":
        names, line = headers.positions(max((len(row.cells) for row in head), default=0)), 0
    else:
        found = headers.choose(reading, lambda: iter(head))
        if found is None:
            advice = f"name the sheet in {reading.key('sheet')} of the mapping {reading.mapping.name!r}"
            raise reading.error(f"has nothing on its sheet {name!r}", advice)
        names, line = headers.named(reading, found.cells), found.line
    yield without_rows(names).columns
    rows = (row for row in islice(_rows(book, name), line, None) if not _is_blank(row))
    while block := list(islice(rows, delimited.ROWS)):
        yield _columns(reading, names, block)


def _columns(reading: Reading, names: list[str], block: list[Cells]) -> dict[str, pa.Array]:
    """The cells by column. Cells right of the header have no name; they are kept under their position."""
    width, decimal = max(len(names), *(len(row) for row in block)), reading.block.amounts.decimal
    cells = [[_cell(row[i], decimal) if i < len(row) else None for row in block] for i in range(width)]
    every = names + [f"column {position}" for position in range(len(names) + 1, width + 1)]
    return {name: pa.array(column, pa.string()) for name, column in zip(every, cells, strict=True)}


def _cell(value: Any, decimal: str = ".") -> str | None:
    """A cell as text; numbers with the mapping's ``decimal`` sign, as its texts are read."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        # Beyond 15 digits the number is not what somebody typed: as an id it must not look whole.
        return repr(value).replace(".", decimal)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    return str(value)
