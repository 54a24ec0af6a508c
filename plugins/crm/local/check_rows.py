"""What rows that were read mean for a load: which would be set aside, and whether it would refuse their file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crm.orders import grouping

if TYPE_CHECKING:
    import pyarrow as pa

#: A file is refused as ``include/expectations/files.yaml`` and the view ``staging.checked_file`` say: where more than
#: one in so many of its rows is set aside, if they are at least so many or more than half.
ONE_IN, LEAST = 10, 3
#: Reasons that are listed, the most frequent first.
LISTED = 5


@dataclass
class SetAside:
    """Rows that would be set aside: how many per reason and column of the file, and where each comes first."""

    rows: int = 0
    count: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    first: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch, source_file: str) -> None:
        """Count the rows of ``batch``, with the columns ``crm.orders.canonical.COLUMNS``."""
        import pyarrow.compute as pc

        self.rows += batch.num_rows
        names = ["reject_reason", "reject_column", "row_number"]
        for row in batch.select(names).filter(pc.is_valid(batch.column("reject_reason"))).to_pylist():
            why = row["reject_reason"], row["reject_column"]
            self.count[why] += 1
            self.first.setdefault(why, f"row {row['row_number']:,} of {source_file}")

    def merge(self, other: SetAside) -> None:
        """Add those of another file, if it has any."""
        if not other.count:
            return
        self.rows += other.rows
        self.count.update(other.count)
        self.first = other.first | self.first

    @property
    def refuses(self) -> bool:
        """Whether a load refuses a file with these rows."""
        bad = self.count.total()
        return (bad >= LEAST or bad * 2 > self.rows) and bad * ONE_IN > self.rows

    def __str__(self) -> str:
        """For people: counts, reasons and places, no values."""
        listed = [
            f"{count:,} x {reason}{f' (column {column})' if column else ''}, first in {self.first[reason, column]}"
            for (reason, column), count in self.count.most_common(LISTED)
        ]
        return f"{self.count.total():,} of {self.rows:,} rows would be set aside: {'; '.join(listed)}"


@dataclass
class Neighbours:
    """Orders whose rows do not follow each other, among the rows that were read."""

    before: str = ""
    rows: dict[str, tuple[int, int]] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)

    def add(self, batch: pa.RecordBatch) -> None:
        pairs = zip(batch.column("order_id").to_pylist(), batch.column("row_number").to_pylist(), strict=True)
        for order, row in pairs:
            if order is None:
                continue
            if order != self.before and order in self.rows:
                self.apart.add(order)
            self.rows[order] = self.rows.get(order, (row, row))[0], row
            self.before = order

    def check(self, source_file: str) -> None:
        """Refuse what a load refuses.

        :raises crm.orders.frames.SourceError: names the rows
        """
        if self.apart:
            raise grouping.scattered(source_file, len(self.apart), *min(self.rows[order] for order in self.apart))
