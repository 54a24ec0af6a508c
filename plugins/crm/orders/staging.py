"""Rows of a file into the staging tables, in flat memory: a thread reads on while PostgreSQL takes what was read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crm.orders import grouping, reading
from crm.orders.joining import Parts
from crm.orders.mapping import Mapping
from crm.orders.sources import File
from crm.warehouse import Transaction

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = {
    "orders": "staging.order_line",
    "refunds": "staging.order_line",
    "customers": "staging.customer",
    "products": "staging.product",
    "suppressions": "staging.suppression",
    "contacts": "staging.contact",
}


@dataclass
class Staged:
    """How many rows were staged, and how many of them are set aside."""

    read: int = 0
    rejected: int = 0
    warnings: Counter[str] = field(default_factory=Counter)

    @property
    def remarks(self) -> str:
        """Values that were dropped without their row, as text for people."""
        return "".join(f", {count:,} x {what}" for what, count in sorted(self.warnings.items()))


def stage(tx: Transaction, mapping: Mapping, file: File, content: Parts | None, file_version_id: int) -> Staged:
    """COPY every row of ``content`` (None or no bytes: no rows) into the staging table of its kind."""
    staged = Staged()
    if content is None:
        return staged
    source = content if content.joined else content.own[0].path
    batches = reading.read(
        mapping,
        file.kind,
        source,
        file_version_id,
        file.source_file,
        warnings=staged.warnings,
        business_date=file.business_date,
    )
    _copy(tx, file, _ahead(_serialised(batches, staged)))
    if file.kind == "orders" and mapping.orders.has_order_ids and grouping.needed(mapping.orders):
        _check_order(tx, file, file_version_id)
    return staged


def _check_order(tx: Transaction, file: File, file_version_id: int) -> None:
    """Refuse a file that says things once per order, but keeps an order's rows apart: its money would be wrong."""
    found = tx.row("orders/scattered", file_version_id=file_version_id)
    if found.orders:
        raise grouping.scattered(file.source_file, found.orders, found.first_row, found.last_row)


def _copy(tx: Transaction, file: File, blocks: Iterator[bytes]) -> None:
    from psycopg import Error

    try:
        tx.copy_in(TABLES[file.kind], reading.COLUMNS[file.kind], blocks)
    except Error as error:
        # The driver's own message quotes the row: personal data must not reach a log.
        place = re.search(r"line (\d+)(?:, column (\w+))?", error.diag.context or "")
        row, column = place.groups() if place else ("?", None)
        at = f" in row {row}" + (f", {column}" if column else "")
        problem = (
            f"{file.source_file}: PostgreSQL refuses a value{at} ({type(error).__name__}); mend it and deliver again"
        )
        raise reading.SourceError(problem) from None


def _serialised(batches: Iterator[pa.RecordBatch], staged: Staged) -> Iterator[bytes]:
    for batch in batches:
        staged.read += batch.num_rows
        staged.rejected += batch.num_rows - batch.column("reject_reason").null_count
        yield reading.to_csv(batch)


def _ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Make the next block in a thread while this one is written: memory holds two of them."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, blocks, None)
            yield block
