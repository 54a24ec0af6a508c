"""Rows that are no records: those without a value, and totals or signatures that the mapping describes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce

from crm.orders import values
from crm.orders.arrow import np, pa, pc
from crm.orders.frames import Broken, Frame, Reading


def without(reading: Reading, frames: Iterable[Frame]) -> Iterator[Frame]:
    """Leave out rows that are no records; those of ``footer`` are counted as the warning ``footer``."""
    for frame in frames:
        kept = _kept(frame, pc.invert(_blank(frame)))
        if reading.block.footer is not None:
            ends = pc.fill_null(pc.match_substring_regex(_first_cells(kept), reading.block.footer), False)
            broken = [record for record in kept.broken if not _is_footer(reading, record)]
            left = int(pc.sum(ends).as_py() or 0) + len(kept.broken) - len(broken)
            kept = _kept(Frame(kept.columns, kept.row_numbers, broken), pc.invert(ends))
            if left:
                reading.warnings["footer"] += left
        yield kept


def _kept(frame: Frame, keep: pa.Array) -> Frame:
    if pc.all(keep).as_py() is not False:
        return frame
    columns = {name: column.filter(keep) for name, column in frame.columns.items()}
    return Frame(columns, frame.row_numbers.filter(keep), frame.broken)


def _blank(frame: Frame) -> pa.Array:
    """True for rows without a single value, such as the ``,,,`` that spreadsheets write below a table."""
    if not frame.columns:
        return pa.repeat(False, len(frame))
    blank = np.ones(len(frame), dtype=bool)
    for column in frame.columns.values():
        # Most often the first column has a value in every row, and no other has to be looked at.
        if column.null_count < len(frame):
            blank &= pc.is_null(column).to_numpy(zero_copy_only=False)
        if not blank.any():
            break
    return pa.array(blank)


def _first_cells(frame: Frame) -> pa.Array:
    """The first cell of each row that is not blank."""
    texts = [values.text(column) for column in frame.columns.values()]
    return reduce(pc.coalesce, texts) if texts else pa.nulls(len(frame), pa.string())


def _is_footer(reading: Reading, record: Broken) -> bool:
    """Whether a record that has not the columns of the header is one of the rows of ``footer``."""
    first = next((cell.strip() for cell in record.cells if cell.strip()), None)
    return first is not None and matches(reading.block.footer, first)


def matches(footer: str | None, first: str) -> bool:
    """Whether a row whose first cell is ``first`` is one of those that ``footer`` describes."""
    return footer is not None and bool(pc.match_substring_regex(pa.array([first]), footer)[0].as_py())
