"""Read a delivered file in canonical columns, batch by batch, in flat memory. No database here.

``canonical`` says what the columns are, ``mapping`` where they come from, ``docs/sources.md`` both for people.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from crm.orders.canonical import COLUMNS, REASONS
from crm.orders.frames import Frame, Reading, SourceError
from crm.orders.mapping import Mapping, Orders

if TYPE_CHECKING:
    import pyarrow as pa

    from crm.orders.joining import Parts

__all__ = ["COLUMNS", "REASONS", "SourceError", "read", "to_csv"]


def read(  # noqa: PLR0917
    mapping: Mapping,
    kind: str,
    source: BinaryIO | Path | Parts,
    file_version_id: int,
    source_name: str,
    warnings: Counter[str] | None = None,
    business_date: datetime.date | None = None,
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file of ``kind`` as batches with the columns ``COLUMNS[kind]``, rejected rows included.

    :param source: path, or an open, seekable binary file (a gzip file is recognised by its first bytes), or the files
        of a kind that the mapping joins
    :param source_name: path below the landing folder or key in the bucket: its extension names the format
    :param warnings: counts values that were dropped without rejecting their row, by what was wrong
    :param business_date: last date that the file may speak of; two-digit years of birth lie before it
    :raises SourceError: the file as a whole cannot be read; names file, columns expected and found, what to do
    """
    block = getattr(mapping, kind, None)
    if block is None:
        raise SourceError(f"{source_name}: the mapping {mapping.name!r} has no block {kind}; add one to its file")
    counted = Counter() if warnings is None else warnings
    reading = Reading(mapping, kind, block, file_version_id, source_name, counted, business_date)
    if isinstance(source, Path):
        with source.open("rb") as opened:
            yield from _batches(reading, opened)
    else:
        yield from _batches(reading, source)


def _batches(reading: Reading, source: BinaryIO | Parts) -> Iterator[pa.RecordBatch]:
    from crm.orders import lines, lists, people, refund_rows
    from crm.orders.rows import Rows, set_aside

    step = {
        "orders": lines.batch,
        "refunds": refund_rows.batch,
        "customers": people.batch,
        "products": lists.products,
        "suppressions": lists.suppressions,
        "contacts": lists.contacts,
    }[reading.kind]
    # A JSON line may leave out what others have, so only the first frame must have every column.
    first = True
    for frame in _frames(reading, source):
        if frame.columns or len(frame):
            bound = reading.bound(frame.columns, strict=first)
            first = False
            if len(frame):
                yield step(Rows(reading, frame, bound))
        if frame.broken:
            yield set_aside(reading, frame.broken)
    if problem := reading.evidence.problem():
        raise reading.error(
            problem, f"leave the right format alone in {reading.key('dates')} of the mapping {reading.mapping.name!r}"
        )


def _frames(reading: Reading, source: BinaryIO | Parts) -> Iterator[Frame]:
    from crm.orders import footers, formats, grouping, joining, merged_cells

    if isinstance(source, joining.Parts):
        frames = joining.frames(reading, source)
    else:
        frames = footers.without(reading, formats.frames(reading, source))
    block = reading.block
    if isinstance(block, Orders) and block.has_order_ids:
        frames = merged_cells.with_ids(reading, block, frames)
    if isinstance(block, Orders) and block.has_order_ids and grouping.needed(block):
        return grouping.whole_orders(frames, reading)
    return frames


def to_csv(batch: pa.RecordBatch) -> bytes:
    """Serialise a batch for PostgreSQL's COPY (format csv): UTF-8, no header, an empty field is null."""
    from crm.orders.serialising import to_csv as serialise

    return serialise(batch)
