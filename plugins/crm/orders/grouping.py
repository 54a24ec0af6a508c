"""What an order file says once per order: on the order's first row alone, or again on each of its rows.

Only neighbouring rows are one order here; frames are cut between orders, so an order is never split.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from crm.orders import mapping
from crm.orders.arrow import np, pa, pc
from crm.orders.canonical import money
from crm.orders.evidence import Evidence
from crm.orders.frames import Broken, Frame, Reading, SourceError

if TYPE_CHECKING:
    from crm.orders.rows import Rows


def needed(block: mapping.Orders) -> bool:
    """True where rows have to be seen together with the other rows of their order."""
    return bool(block.first_row_only or block.every_row or block.spread_total or block.refund.includes_shipping)


def scattered(source_file: str, orders: int, first_row: int, last_row: int) -> SourceError:
    """An error about a file that says things once per order, but keeps the rows of some orders apart."""
    which = "1 order" if orders == 1 else f"{orders:,} orders"
    return SourceError(
        f"{source_file}: the rows of {which} do not follow each other, for example rows {first_row:,} and "
        f"{last_row:,}; deliver the file as the shop exported it, not sorted by another column"
    )


class Orders:
    """The orders of a frame: which rows are the first of an order, and which order each row belongs to."""

    def __init__(self, rows: Rows, block: mapping.Orders, ids: pa.Array) -> None:
        self._block = block
        self._rows = rows
        self._first_of_row: pa.Array | None = None
        if needed(block) and rows.has("order_id"):
            self._find(ids)

    def _find(self, ids: pa.Array) -> None:

        is_first = _is_first(ids)
        positions = np.flatnonzero(is_first)
        self._number = np.cumsum(is_first) - 1
        self._is_first = pa.array(is_first)
        self._first_of_row = pa.array(positions[self._number] if len(ids) else [], pa.int64())

    def carried(self, name: str, found: pa.Array) -> pa.Array:
        """Values of the order's first row, where its other rows are blank and the mapping says so."""
        if name not in self._block.first_row_only or self._first_of_row is None:
            return found
        return pc.coalesce(found, found.take(self._first_of_row))

    def first_only(self, name: str, found: pa.Array) -> pa.Array:
        """Money of the order on its first row alone, where the mapping says that every row repeats it."""
        if name not in self._block.every_row or self._first_of_row is None:
            return found
        return pc.if_else(self._is_first, found, pa.scalar(None, found.type))

    def spread(self, amounts: pa.Array, totals: pa.Array) -> pa.Array:
        """Scale the lines' amounts so that each order's add up to its total (on its first row; null = leave them).

        Each is rounded to 4 places; what rounding leaves over goes to the first line.
        """
        if self._first_of_row is None or not len(amounts):
            return amounts
        total = totals.take(self._first_of_row)
        before = self._sums(amounts)
        ratio = pc.divide(total.cast(pa.float64()), before.cast(pa.float64()))
        scaled = pc.multiply(amounts.cast(pa.float64()), ratio).to_numpy(zero_copy_only=False)
        scaled = np.where(np.isfinite(scaled), np.round(scaled, 4), 0.0)
        lines = pc.if_else(pc.equal(total, before), amounts, pa.array(scaled).cast(money()))
        rest = pc.subtract(total, self._sums(lines)).cast(money())
        lines = pc.if_else(self._is_first, pc.add(lines, rest).cast(money()), lines)
        return pc.if_else(pc.is_valid(total), lines, amounts)

    def sums(self, amounts: pa.Array) -> pa.Array:
        """The sum of its order's amounts (null = 0), for each row; a file that is not grouped has an order a row."""
        filled = pc.fill_null(amounts, 0).cast(money())
        return filled if self._first_of_row is None or not len(amounts) else self._sums(filled)

    def _sums(self, amounts: pa.Array) -> pa.Array:
        """The sum of its order's amounts, for each row."""
        number = pa.array(self._number)
        table = pa.table({"number": number, "amount": amounts}).group_by("number", use_threads=False)
        sums = table.aggregate([("amount", "sum")]).sort_by("number")["amount_sum"].combine_chunks()
        return sums.take(number).cast(money())


def _is_first(ids: pa.Array):  # type: ignore[no-untyped-def]
    """A numpy mask: the row begins another order than the row before it."""

    filled = pc.fill_null(ids, "")
    same = pc.equal(filled[1:], filled[:-1]).to_numpy(zero_copy_only=False) if len(ids) > 1 else []
    return np.concatenate([[True] * min(len(ids), 1), ~np.asarray(same, dtype=bool)]).astype(bool)


def whole_orders(frames: Iterator[Frame], reading: Reading) -> Iterator[Frame]:
    """Cut frames between orders: the last order of a frame waits for the next one."""
    waiting: Frame | None = None
    for frame in frames:
        joined = frame if waiting is None else _joined(waiting, frame)
        cut = _last_order(joined, reading)
        waiting = _sliced(joined, cut, len(joined), [])
        yield _sliced(joined, 0, cut, joined.broken)
    if waiting is not None:
        yield waiting


def _last_order(frame: Frame, reading: Reading) -> int:
    """Position of the first row of the last order."""
    from crm.orders.rows import Rows

    # A look ahead: what is wrong with the rows is counted when they are read.
    looking = replace(reading, warnings=Counter(), evidence=Evidence())
    bound = looking.bound(frame.columns, strict=False)
    if not len(frame) or "order_id" not in bound:
        return 0
    return int(np.flatnonzero(_is_first(Rows(looking, frame, bound).identity("order_id")[0]))[-1])


def _sliced(frame: Frame, start: int, end: int, broken: list[Broken]) -> Frame:
    columns = {name: column[start:end] for name, column in frame.columns.items()}
    return Frame(columns, frame.row_numbers[start:end], broken)


def _joined(one: Frame, two: Frame) -> Frame:

    names = list(dict.fromkeys([*one.columns, *two.columns]))

    def column(frame: Frame, name: str, other: Frame) -> pa.Array:
        kind = (other if name not in frame.columns else frame).columns[name].type
        return frame.columns.get(name, pa.nulls(len(frame), kind))

    columns = {n: pa.concat_arrays([column(one, n, two), column(two, n, one)]) for n in names}
    return Frame(columns, pa.concat_arrays([one.row_numbers, two.row_numbers]), two.broken)
