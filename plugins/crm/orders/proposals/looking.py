"""What a file of an unknown shop is: its encoding, delimiter and header line, and the values of its first rows."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from crm.orders import encoding_lists, formats, values
from crm.orders.frames import Frame, Reading, SourceError
from crm.orders.mapping import Mapping
from crm.orders.proposals import names

#: Rows whose values are looked at.
ROWS = 200_000
_HEAD = 1 << 20


@dataclass
class Look:
    """A file: the keys of the mapping that say how it is written, its columns with their values, and what is unsure."""

    path: Path
    keys: dict[str, str | int]
    columns: dict[str, list[str | None]] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)
    #: What it is called where it lies, if that is not the name of ``path``.
    called: str = ""
    #: Columns of a joined file that are of the order rather than of its lines.
    per_order: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.called or self.path.name

    @property
    def rows(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def given(self, column: str) -> list[str]:
        """Values of the column that are not blank."""
        return [value for value in self.columns[column] if value is not None]


def look(path: Path, called: str = "") -> Look:
    """Look at the first rows of a file.

    :param called: its name, where ``path`` is a copy of it
    :raises crm.orders.frames.SourceError: it cannot be read in any way that is known
    """
    found = Look(path, {}, called=called)
    name = found.name.lower().removesuffix(".gz")
    if name.endswith((".csv", ".txt", ".tsv")):
        _dialect(found)
    if name.endswith((".xlsx", ".xlsm")):
        _sheet(found)
    try:
        return _filled(found)
    except SourceError as error:
        if "has a quote in record" not in str(error):
            raise
    found.keys["quote"] = "none"
    found.unsure.append("quote: a quote is never closed, so quotes are read as characters like any other")
    found.columns.clear()
    return _filled(found)


def _filled(found: Look) -> Look:
    for frame in _frames(found):
        for name, column in frame.columns.items():
            found.columns.setdefault(name, []).extend(values.text(column).to_pylist())
        if found.rows >= ROWS:
            found.unsure.append(f"only the first {found.rows:,} rows were looked at")
            break
    return found


def _sheet(found: Look) -> None:
    """The row of the first sheet that names the columns, where that is not the first."""
    from openpyxl import load_workbook

    book = load_workbook(found.path, read_only=True, data_only=True)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    rows = [[str(cell) for cell in row if cell is not None] for row in sheet.iter_rows(max_row=30, values_only=True)]
    book.close()
    _header(found, rows)


def _header(found: Look, rows: list[list[str]]) -> None:
    known = [len(names.recognised(row)) for row in rows]
    first = next((number for number, row in enumerate(rows) if any(row)), 0)
    best = max(range(len(rows)), key=lambda number: known[number], default=0)
    if known and known[best] > max(known[first], 1):
        found.keys["header_row"] = best + 1
        found.unsure.append(f"header_row: the columns seem to be named in line {best + 1}")
    if known and not known[best]:
        found.unsure.append("the first line has no column name that is usual: has the file a header at all?")


def _frames(found: Look) -> Iterator[Frame]:
    """The rows as the reader itself reads them."""
    block = {"files": "*", "columns": {"ordered_at": "\0", "amount": "\0"}, **found.keys}
    shop = {"name": "unknown", "shop": "unknown", "time_zone": "UTC", "currency": "EUR", "country": "DE"}
    mapping = Mapping.model_validate({**shop, "orders": block})
    reading = Reading(mapping, "orders", mapping.orders, 0, found.name, Counter())
    with found.path.open("rb") as source:
        yield from formats.frames(reading, source)


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if zipped else path.open("rb")


def _dialect(found: Look) -> None:
    with _opened(found.path) as source:
        encoding = _encoding(found, source)
        head = source.read(_HEAD)
    text = head.decode(encoding, errors="ignore")
    if encoding != "utf-8-sig":
        found.keys["encoding"] = encoding
    delimiter = _delimiter(found, text)
    if delimiter != ",":
        found.keys["delimiter"] = delimiter
    rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 30))
    _header(found, rows)


def _encoding(found: Look, source: BinaryIO) -> str:
    if source.read(2) in (b"\xff\xfe", b"\xfe\xff"):
        source.seek(0)
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        if encoding_lists.is_of(source, encoding) and (encoding != "gb18030" or _is_chinese(source, encoding)):
            return encoding
    for encoding in ("utf-8-sig", "gb18030"):
        if _is_chinese(source, encoding):
            return encoding  # but for a byte or two, which the reader names
    found.unsure.append(
        "encoding: it is not UTF-8; cp1252 (Western Europe) is a guess. See whether names are spelled right"
    )
    encoding = "cp1252" if encoding_lists.is_of(source, "cp1252") else "latin-1"
    return encoding


def _is_chinese(source: BinaryIO, encoding: str) -> bool:
    """Whether the header, read in the encoding, has names that are usual in Chinese."""
    head = source.read(_HEAD).decode(encoding, errors="ignore")
    source.seek(0)
    words = [name for every in names.NAMES.values() for name in every if not name.isascii()]
    return any(word in head for word in words)


def _delimiter(found: Look, text: str) -> str:
    """The sign that divides most of the first lines into the same number of fields, more than one."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    shares: dict[str, tuple[float, int]] = {}
    for sign in (",", ";", "\t", "|"):
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=sign) if len(row) > 1)
        if counts:
            fields, often = counts.most_common(1)[0]
            shares[sign] = (often / len(lines), fields)
    if not shares:
        found.unsure.append("delimiter: no sign divides the lines into columns")
        return ","
    return max(shares, key=lambda sign: shares[sign])
