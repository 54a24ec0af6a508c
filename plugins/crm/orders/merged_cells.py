"""Order ids that stand in an order's first row alone, as merged cells of a spreadsheet leave them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from crm.orders import mapping, values
from crm.orders.arrow import np, pa, pc
from crm.orders.frames import Frame, Reading

#: What the total of a table has too, and the word for it.
_AMOUNTS = ("quantity", "unit_price", "amount", "discount", "shipping_fee", "refund_amount", "order_total")
_TOTAL = r"(?i)^\s*(sub|grand)?[ -]?totals?\b|^\s*(summe|gesamt|合计|总计|小计|汇总)"
#: Share of a file's lines that may lack their order id; they are set aside.
_LOST = 0.1


def with_ids(reading: Reading, block: mapping.Orders, frames: Iterator[Frame]) -> Iterator[Frame]:
    """Give lines without an order id that of the row above, where ``first_row_only`` of the mapping says so.

    :raises SourceError: it does not, but many lines have neither id nor time: their money would be lost
    """
    if "order_id" in block.first_row_only:
        return _carried(block, frames)
    return _counted(reading, block, frames)


def _texts(frame: Frame, block: mapping.Orders, canonical: str = "order_id") -> dict[str, pa.Array]:
    """The file's columns of a canonical one, as text."""
    names = block.columns[canonical].sources(frame.columns.keys()) or ()
    return {name: values.text(frame.columns[name]) for name in names if name in frame.columns}


def _carried(block: mapping.Orders, frames: Iterator[Frame]) -> Iterator[Frame]:
    """A total, which has amounts alone or its word in a cell, gets no id: it would be added to the last order.

    Nor does a row below a record that could not be read: that may have begun another order.
    """
    last: dict[str, pa.Array] = {}
    last_number, broken = 0, np.array([], dtype=np.int64)
    for frame in frames:
        broken = np.sort(np.append(broken, [each.row_number for each in frame.broken]))
        ids = _texts(frame, block)
        if not ids or not len(frame):
            yield frame
            continue
        told = reduce(np.logical_or, map(_valid, ids.values()))
        # Position of the row whose id each row takes: 0 is the last one of the frame before.
        source = np.maximum.accumulate(np.where(told, np.arange(1, len(frame) + 1), 0))
        numbers = frame.row_numbers.to_numpy(zero_copy_only=False)
        of_numbers = np.append(last_number, numbers)[source]
        unbroken = np.searchsorted(broken, of_numbers) == np.searchsorted(broken, numbers)
        at = pa.array(source, mask=~(told | (_is_line(frame, block, ids) & unbroken)))
        carried = {
            name: pa.concat_arrays([last.get(name, pa.nulls(1, pa.string())), text]).take(at)
            for name, text in ids.items()
        }
        if told.any():
            position = int(np.flatnonzero(told)[-1])
            last, last_number = {name: text[position:][:1] for name, text in ids.items()}, int(numbers[position])
        yield Frame(frame.columns | carried, frame.row_numbers, frame.broken)


def _counted(reading: Reading, block: mapping.Orders, frames: Iterator[Frame]) -> Iterator[Frame]:
    rows, lost, first = 0, 0, 0
    for frame in frames:
        ids = _texts(frame, block)
        rows += len(frame)
        if ids and len(frame) and any(text.null_count for text in ids.values()):
            texts = ids | _texts(frame, block, "ordered_at")
            told = reduce(np.logical_or, map(_valid, texts.values()))
            orphans = ~told & _is_line(frame, block, ids)
            first = first or next(iter(frame.row_numbers.filter(pa.array(orphans)).to_pylist()), 0)
            lost += int(orphans.sum())
        yield frame
    if lost > _LOST * rows:
        raise reading.error(
            f"has {lost:,} of {rows:,} rows with neither order id nor time, the first is row {first}",
            "if these are further lines of the order above (merged cells), add order_id and ordered_at to "
            f"{reading.key('first_row_only')} of the mapping {reading.mapping.name!r}",
        )


def _valid(column: pa.Array) -> np.ndarray:
    return np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False))


def _is_line(frame: Frame, block: mapping.Orders, ids: dict[str, pa.Array]) -> np.ndarray:
    """A mask of the rows that say what was bought, when or by whom, and are no totals."""
    amounts = {name for key in _AMOUNTS if key in block.columns for name in block.columns[key].every_name()}
    mapped = block.every_name() - amounts
    lines, totals = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    for name, column in frame.columns.items():
        if name in ids:
            continue
        text = values.text(column)
        totals |= _holds(text, _TOTAL)
        lines |= _valid(text) if name in mapped else _holds(text, r"[^\d\s.,+-]")
    return lines & ~totals


def _holds(text: pa.Array, pattern: str) -> np.ndarray:
    found = pc.fill_null(pc.match_substring_regex(text, pattern), False)
    return np.asarray(found.to_numpy(zero_copy_only=False))
