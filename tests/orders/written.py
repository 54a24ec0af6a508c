"""Orders as a shop may write them: in any format and dialect, or with a quote that nobody closes."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NAMES = ("order", "who", "at", "paid", "note")
Row = Sequence[str]


@dataclass(frozen=True)
class Dialect:
    """How a CSV is written. ``ends``: what each record has at its end: ``-`` no last field, ``+`` one more, ``=``."""

    delimiter: str = ","
    quote: str = '"'
    quote_all: bool = False
    line_end: str = "\n"
    encoding: str = "utf-8"
    title: tuple[str, ...] = ()
    header: bool = True
    ends: str = "="
    blank_lines: bool = False
    footer: str = ""
    says_delimiter: bool = False
    last_line_end: bool = True
    zipped: bool = False

    @property
    def keys(self) -> dict[str, Any]:
        """The keys of the mapping that describe the file."""
        columns = dict(zip(("order_id", "customer", "ordered_at", "amount", "product_name"), NAMES, strict=True))
        if not self.header:
            columns = {name: position for position, name in enumerate(columns, 1)}  # type: ignore[misc]
        keys: dict[str, Any] = {"columns": columns, "quote": self.quote, "encoding": self.encoding}
        keys["delimiter"] = "\x01" if self.says_delimiter else self.delimiter
        if not self.header or self.title:
            keys["header_row"] = "by_name" if self.header else "none"
        return keys | ({"footer": "^Total"} if self.footer else {})


def as_csv(rows: list[Row], form: Dialect, strays: set[tuple[int, int]] = frozenset()) -> bytes:  # type: ignore[assignment]
    """The file. ``strays``: positions of fields that begin with a quote of their own, which nothing closes."""
    lines = [f"sep={form.delimiter}"] if form.says_delimiter else []
    lines += [*form.title] if form.header else []
    lines += [_record(NAMES, form, set())] if form.header else []
    for number, row in enumerate(rows):
        fields = _ended(row, form.ends[number % len(form.ends)])
        lines.append(_record(fields, form, {column for line, column in strays if line == number}))
        lines += ["", form.delimiter * 4] if form.blank_lines else []
    lines += [form.footer] if form.footer else []
    content = (form.line_end.join(lines) + form.line_end * form.last_line_end).encode(form.encoding)
    return gzip.compress(content) if form.zipped else content


def _ended(row: Row, end: str) -> Row:
    if end == "+":
        return [*row, ""]
    return row[:-1] if end == "-" and not row[-1] else row


def _record(fields: Row, form: Dialect, strays: set[int]) -> str:
    if form.quote == "none":
        return form.delimiter.join(fields)
    texts = [
        form.quote + field if position in strays else _quoted(field, form) for position, field in enumerate(fields)
    ]
    return form.delimiter.join(texts)


def _quoted(field: str, form: Dialect) -> str:
    needed = form.quote_all or any(sign in field for sign in (form.delimiter, form.quote, "\n", "\r"))
    return form.quote + field.replace(form.quote, form.quote * 2) + form.quote if needed else field


def as_json(rows: list[Row], *, array: bool, indent: int | None, encoding: str) -> bytes:
    objects = [dict(zip(NAMES, row, strict=True)) for row in rows]
    text = json.dumps(objects, indent=indent) if array else "\n".join(json.dumps(each) for each in objects)
    return text.encode(encoding)


def as_workbook(rows: list[Row], *, sheets: int, title: Sequence[str]) -> bytes:
    """The rows on so many sheets, each with a title and the header."""
    from openpyxl import Workbook

    book, sink = Workbook(), io.BytesIO()
    book.remove(book.active)
    size = -(-len(rows) // sheets)
    for number in range(sheets):
        sheet = book.create_sheet(f"Sheet {number}")
        for line in [*[[text] for text in title], NAMES, *rows[number * size : (number + 1) * size]]:
            sheet.append([text or None for text in line])
            for cell in sheet[sheet.max_row]:
                cell.data_type = "s" if cell.data_type == "f" else cell.data_type  # =0 is a text here, no formula
    book.save(sink)
    return sink.getvalue()


def as_parquet(rows: list[Row]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table({name: [row[i] for row in rows] for i, name in enumerate(NAMES)}), sink)
    return sink.getvalue()
