"""Quotes that swallow records: what a quoted text holds may look like the records of the file itself."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crm.orders.arrow import np, pa, pc
from crm.orders.frames import Reading, SourceError

if TYPE_CHECKING:
    from crm.orders.dialects import Table

#: Line ends that one record may have; more than that is a quote that somebody forgot to close.
_MOST_LINES = 100
#: Rows that show what each column usually holds.
_EXAMPLES = 500
#: Share of a line's fields that must be what their columns usually hold, for the line to look like a record.
_ALIKE = 0.6
_LINE_END = re.compile(r"\r\n|\r|\n")
_LF, _CR = re.compile(b"\n"), re.compile(b"\r")


def swallowing(columns: Sequence[pa.Array], table: Table) -> int | None:
    """Position of the first row whose quoted text holds what looks like records of the file; None: there is none."""
    if table.quote is None:
        return None
    several = [column for column in columns if _holds_line_end(column)]
    if not several:
        return None
    suspects = np.flatnonzero(_suspicious(several, table)).tolist()
    if not suspects:
        return None
    holding = usual(columns)
    taken = [column.take(pa.array(suspects)).to_pylist() for column in columns]
    for number, position in enumerate(suspects):
        if looks_like_records([cells[number] or "" for cells in taken], table, holding):
            return int(position)
    return None


def _holds_line_end(column: pa.Array) -> bool:
    data = column.buffers()[2]
    return data is not None and bool(_LF.search(data) or _CR.search(data))


def _suspicious(several: list[pa.Array], table: Table) -> np.ndarray:
    """A mask of the rows whose texts of several lines hold as many delimiters as a record has."""
    delimiters = np.zeros(len(several[0]), dtype=np.int64)
    has_lines = np.zeros(len(several[0]), dtype=bool)
    for column in several:
        lines = pc.fill_null(pc.match_substring_regex(column, r"[\r\n]"), False).to_numpy(zero_copy_only=False)
        counts = pc.fill_null(pc.count_substring(column, table.delimiter), 0).to_numpy(zero_copy_only=False)
        has_lines |= lines
        delimiters += np.where(lines, counts, 0)
    fewest = min(len(table.names), table.width) - 1
    return has_lines & (delimiters >= fewest)


def usual(columns: Sequence[pa.Array]) -> list[set[str]]:
    """What each column holds in the rows whose texts have one line: digits, words, addresses."""
    examples = [column[:_EXAMPLES].to_pylist() for column in columns]
    return [{_kind(cell) for cell in cells if cell and not _LINE_END.search(cell)} for cells in examples]


def _kind(cell: str) -> str:
    if "@" in cell:
        return "mail"
    digits, letters = any(map(str.isdigit, cell)), any(map(str.isalpha, cell))
    return ("code" if letters else "number") if digits else "words"


def looks_like_records(cells: Sequence[str], table: Table, holding: list[set[str]]) -> bool:
    """True where a text of several lines has in it what records of the file have: as many fields, of their kinds.

    :param holding: what each column holds elsewhere, by ``usual``
    """
    several = [(position, cell) for position, cell in enumerate(cells) if _LINE_END.search(cell)]
    return any(_holds_records(cell, position, table, holding) for position, cell in several)


def _holds_records(cell: str, position: int, table: Table, holding: list[set[str]]) -> bool:
    """The text of the column at ``position`` begins within one record and ends within another one."""
    plain = cell.replace(table.quote, "") if table.quote else cell
    first, *between, last = (line.split(table.delimiter) for line in _LINE_END.split(plain))
    # At the end of the file an open quote has the last record whole.
    if any(_is_whole(len(fields), fields, table) and _alike(fields, holding) for fields in (*between, last)):
        return True
    begins = _is_whole(position + len(first), first, table) and len(last) == position + 1
    return begins and _alike([*last, *first[1:]], holding)


def _is_whole(count: int, fields: list[str], table: Table) -> bool:
    """Whether a record of ``count`` fields, which ends with ``fields``, has as many as the header."""
    surplus = count == len(table.names) + 1 and not fields[-1].strip()
    return surplus or count in (len(table.names), table.width)


def _alike(fields: list[str], holding: list[set[str]]) -> bool:
    said = [(_kind(cell), kinds) for cell, kinds in zip(fields, holding, strict=False) if cell.strip() and kinds]
    same = [kind for kind, kinds in said if kind in kinds]
    return any(kind != "words" for kind in same) and len(same) >= max(1, _ALIKE * len(said))


def is_open(text: str, table: Table) -> bool:
    """True where the text of one record has several lines, and quotes that do not enclose whole fields."""
    lines = len(_LINE_END.findall(text))
    if not lines or table.quote is None:
        return False
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True, **table.dialect))
    except csv.Error:
        return True
    return lines > _MOST_LINES or len(records) != 1


def never_closed(reading: Reading, record: int) -> SourceError:
    """The error about a quote that swallows what stands after ``record``."""
    problem = f"has a quote in record {record} that is never closed, or runs over what look like further records"
    return reading.error(problem, advice(reading))


def advice(reading: Reading) -> str:
    """What to do about a quote that is never closed."""
    key = f"{reading.key('quote')}: none in the mapping {reading.mapping.name!r}"
    return f"look for a quote that is never closed and close it, or set {key} if quotes are characters like any other"


def swallowing_head(lines: Sequence[str], form: dict[str, Any]) -> int | None:
    """Number of the first record whose lines are all alike, as records are; None: there is none.

    Without a header only the lines themselves say how many fields a record has.

    :param form: the arguments of csv.reader
    """
    records, begin, number = csv.reader(lines, **form), 0, 0
    try:
        for record in records:
            number += bool(record)
            if records.line_num > begin + 1 and _are_records(lines[begin : records.line_num], form):
                return number
            begin = records.line_num
    except csv.Error:
        return None  # the parser itself says where
    return None


def _are_records(lines: Sequence[str], form: dict[str, Any]) -> bool:
    plain = [line.replace(form.get("quotechar") or "", "").strip("\r\n") for line in lines]
    first, *others = (line.split(form["delimiter"]) for line in plain if line.strip())
    holding = [{_kind(cell)} for cell in first]
    return len(first) > 1 and bool(others) and all(len(o) == len(first) and _alike(o, holding) for o in others)
