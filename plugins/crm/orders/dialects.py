"""Where the records of a CSV file begin, how they are written, and what its columns are called."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crm.orders import encoded, footers, headers, quotes
from crm.orders.frames import Reading

#: Excel's own first line, which says the delimiter.
_SEPARATOR = re.compile(r'^"?sep=(.)"?[ \t]*$', re.IGNORECASE)
#: Records that show how many fields a file has.
_EXAMPLES = 1000


@dataclass(frozen=True)
class Table:
    """What the head of a file says of the rest.

    ``lines``: lines up to the header, the header among them; ``width``: fields that most records have, which may be
    one more or one less than there are ``names``.
    """

    names: list[str]
    width: int
    lines: int
    delimiter: str
    quote: str | None

    @property
    def dialect(self) -> dict[str, Any]:
        """The arguments of Python's csv.reader."""
        return dialect(self.delimiter, self.quote)


def dialect(delimiter: str, quote: str | None) -> dict[str, Any]:
    """The arguments of Python's csv.reader."""
    if quote is None:
        return {"delimiter": delimiter, "quoting": csv.QUOTE_NONE}
    return {"delimiter": delimiter, "quotechar": quote}


def read(reading: Reading, stream: io.BufferedReader[Any]) -> Table | None:
    """Read the head of a file and leave ``stream`` at its first record; None: the file is blank.

    :raises SourceError: there is no such header as the mapping says
    """
    head = stream.peek(encoded.HEAD)[: encoded.HEAD]
    lines = _lines(codecs.getincrementaldecoder("utf-8")("strict").decode(head))
    table = _of(reading, lines, len(head) < encoded.HEAD)
    if table is not None:
        stream.read(len("".join(lines[: table.lines]).encode()))
    return table


def of(reading: Reading, text: str, whole: bool) -> Table | None:
    """What the first characters of a file say of it; ``whole``: they are all of it.

    :raises SourceError: there is no such header as the mapping says, or without one, a quote that swallows records
    """
    return _of(reading, _lines(text), whole)


def _of(reading: Reading, lines: list[str], whole: bool) -> Table | None:
    delimiter, quote = reading.block.delimiter, None if reading.block.quote == "none" else reading.block.quote
    separator = _SEPARATOR.match(lines[0].rstrip("\r\n")) if lines else None
    before = 1 if separator else 0
    form = dialect(separator[1] if separator else delimiter, quote)
    names, last = _header(reading, lines, before, form)
    width = _width(lines[last:] if whole else lines[last:-1], form, len(names), reading.block.footer)
    if reading.block.header_row == "none":
        swallowing = quotes.swallowing_head(lines[last:], form)
        if swallowing is not None:
            raise quotes.never_closed(reading, swallowing)
        names = headers.positions(width)
    return Table(names, width, last, form["delimiter"], quote) if names else None


def _header(reading: Reading, lines: list[str], before: int, form: dict[str, Any]) -> tuple[list[str], int]:
    """The columns' names, and the lines up to the end of the header."""
    if reading.block.header_row == "none":
        return [], before
    found = headers.choose(reading, lambda: _rows(lines, before, form, headers.depth(reading)))
    if found is None:
        return [], before
    return headers.named(reading, found.cells), found.line - 1 + _spans(lines[found.line - 1 :], form)


def _lines(text: str) -> list[str]:
    """The lines with their ends: CR, LF or CRLF alone, as csv.reader knows them."""
    return list(io.StringIO(text, newline=""))


def _rows(lines: list[str], before: int, form: dict[str, Any], depth: int) -> Iterator[headers.Row]:
    """Each of the first lines that is not blank, read as if it were the header; that may go on over more lines."""
    for number in range(before, min(depth, len(lines))):
        if lines[number].strip():
            cells = next(csv.reader(lines[number:], **form))
            if any(cell.strip() for cell in cells):
                yield headers.Row(number + 1, cells)


def _spans(lines: list[str], form: dict[str, Any]) -> int:
    """How many lines the first record has."""
    records = csv.reader(lines, **form)
    next(records)
    return records.line_num


def _width(lines: list[str], form: dict[str, Any], count: int, footer: str | None) -> int:
    """Fields of most of the first records: as the header's ``count``, one less, or a blank one more.

    :param count: 0: there is no header, so that the records alone say it
    """
    quote = form.get("quotechar")
    plain = list(islice((line for line in lines if line.strip("\r\n")), _EXAMPLES))
    if footer is None and not (quote and any(quote in line for line in plain)):
        counts = _plain_counts(plain, form["delimiter"], count)
    else:
        records = (cells for cells in islice(_sound(lines, form), _EXAMPLES) if not _is_no_record(cells, footer))
        counts = Counter(len(cells) for cells in records if len(cells) <= count or not count or not cells[-1].strip())
    near = {width: many for width, many in counts.items() if many and (not count or abs(width - count) <= 1)}
    return max(near, key=lambda width: (near[width], width == count, width), default=count)


def _plain_counts(lines: list[str], delimiter: str, count: int) -> Counter[int]:
    """The same of records without quotes, which are lines: most files, and many small ones a day."""
    widths: Counter[int] = Counter()
    for line in lines:
        width = line.count(delimiter) + 1
        fits = width <= count or not count or not line[line.rfind(delimiter) + 1 :].strip()
        widths[width] += fits and not _is_blank(line, delimiter)
    return widths


def _is_blank(line: str, delimiter: str) -> bool:
    """Whether a line without quotes has no value."""
    return (line[0] == delimiter or line[0].isspace()) and not line.replace(delimiter, "").strip()


def _is_no_record(cells: list[str], footer: str | None) -> bool:
    """Whether a row is blank, or one of those that ``footer`` of the mapping describes."""
    first = next((cell.strip() for cell in cells if cell.strip()), None)
    return first is None or footers.matches(footer, first)


def _sound(lines: Iterable[str], form: dict[str, Any]) -> Iterator[list[str]]:
    """The records that Python can read, without blank lines."""
    try:
        yield from filter(None, csv.reader(lines, **form))
    except csv.Error:
        return
