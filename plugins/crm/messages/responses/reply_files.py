"""Files of replies to SMS: CSV (UTF-8 or GB18030; comma, semicolon or tab) or an Excel workbook's first sheet.

Columns ``mobile``, ``text``, ``time``; others are left alone. Times are ISO 8601 or ``2017/11/22 9:05``, in the
business's time zone unless they name their own.
"""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm import addresses, spelling

if TYPE_CHECKING:
    from crm.business import Business

COLUMNS = ("mobile", "text", "time")
#: What can be wrong -> what it says on the command line; the desk has the same in two languages.
PROBLEMS = {
    "missing": "the column is missing; the header is mobile,text,time",
    "mobile": "no valid number; write it with its country code (+86…)",
    "time": "write it as 2017-11-22 09:05",
    "csv": "the row cannot be read as CSV (a quotation mark that is not closed)",
    "workbook": "is neither CSV nor an Excel workbook (.xlsx); save it as one of them",
    "large": "holds more than can be read at once; split it",
}
MOST_NAMED = 10
#: A workbook is packed; so many bytes it may hold.
_UNPACKED = 200 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


@dataclass(frozen=True)
class Bad:
    """What is wrong, a key of ``PROBLEMS``; ``row`` counts from 1, 0 = the file as a whole."""

    problem: str
    row: int = 0
    column: str = ""

    def __str__(self) -> str:
        """In English, for the command line; never what stands in the cell."""
        where = f"row {self.row}" * bool(self.row) + f", column {self.column}" * bool(self.column)
        return f"{where}: {PROBLEMS[self.problem]}" if where else PROBLEMS[self.problem]


class ReplyError(Exception):
    """The file cannot be taken in, and nothing of it was; names file, row and column, never a number.

    ``bad``: the first bad rows; ``more``: number of others
    """

    def __init__(self, said: str, bad: tuple[Bad, ...] = (), more: int = 0) -> None:
        super().__init__(said)
        self.bad, self.more = bad, more


@dataclass(frozen=True)
class Line:
    """One reply as the file has it: a number that can be written to, when, and what was written."""

    mobile: str
    at: datetime.datetime
    text: str


def read(content: bytes, name: str, business: Business) -> list[Line]:
    """Every reply of the file ``name``.

    :raises ReplyError: names every broken row (the first ten)
    """
    found: list[Line] = []
    bad: list[Bad] = []
    zone = ZoneInfo(business.time_zone)
    try:
        for number, row in _rows(content):
            mobile, at = addresses.mobile(row["mobile"], business.country, any_type=True), _time(row["time"], zone)
            if mobile is None or at is None:
                column = "time" if mobile else "mobile"
                bad.append(Bad(column, number, column))
            else:
                found.append(Line(mobile, at, row["text"]))
    except _Unreadable as error:
        bad = error.bad
    if bad:
        raise _error(name, bad)
    return found


class _Unreadable(Exception):
    def __init__(self, *bad: Bad) -> None:
        self.bad = list(bad)


def _error(name: str, bad: list[Bad]) -> ReplyError:
    shown, more = tuple(bad[:MOST_NAMED]), len(bad[MOST_NAMED:])
    said = [f"{name}: nothing was taken in; mend this:", *map(str, shown), *([f"and {more} more"] if more else [])]
    return ReplyError("\n".join(said), shown, more)


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number and values of each row that is not empty."""
    rows = _sheet(content) if content.startswith(_ZIP) else _delimited(content)
    header: list[str] | None = None
    for number, cells in rows:
        if header is None:
            header = [spelling.cleaned(cell).lower() for cell in cells]
            if missing := [column for column in COLUMNS if column not in header]:
                raise _Unreadable(*(Bad("missing", number, column) for column in missing))
            continue
        row = dict(zip(header, cells, strict=False))
        values = {column: spelling.cleaned(row.get(column, "")).removeprefix("'") for column in COLUMNS}
        if any(values.values()):
            yield number, values
    if header is None:
        raise _Unreadable(*(Bad("missing", 1, column) for column in COLUMNS))


def _delimited(content: bytes) -> Iterator[tuple[int, list[str]]]:
    if b"\0" in content:
        raise _Unreadable(Bad("workbook"))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error:
        raise _Unreadable(Bad("csv", reader.line_num)) from None


def _sheet(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The first sheet, row by row; what a workbook says of its own size is not believed."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > _UNPACKED:
                raise _Unreadable(Bad("large"))
        sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
        sheet.reset_dimensions()
        rows = enumerate(sheet.iter_rows(values_only=True), 1)
        yield from ((n, list(map(_cell, row))) for n, row in rows if any(each is not None for each in row))
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, SyntaxError):
        raise _Unreadable(Bad("workbook")) from None


def _cell(value: Any) -> str:
    """A cell as text: a number that a spreadsheet made of a mobile is one again."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value.isoformat(sep=" ") if isinstance(value, datetime.datetime) else str(value)


def _time(text: str, zone: ZoneInfo) -> datetime.datetime | None:
    for form in _FORMATS:
        try:
            return datetime.datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)
