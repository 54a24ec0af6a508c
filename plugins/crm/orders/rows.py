"""Rows on their way from a frame to a canonical batch: values are read by canonical name, faults are noted once."""

from __future__ import annotations

import json
from functools import reduce

from crm.orders import values
from crm.orders.arrow import pa, pc
from crm.orders.canonical import money, schema
from crm.orders.frames import Broken, Frame, Reading
from crm.orders.mapping import Column
from crm.orders.times import instants


class Rows:
    """The rows of one frame. A row keeps the first reason for which it is set aside."""

    def __init__(self, reading: Reading, frame: Frame, bound: dict[str, tuple[Column, tuple[str, ...]]]) -> None:
        self.reading = reading
        self.frame = frame
        self.bound = bound
        self._reasons: pa.Array | None = None
        self._columns: pa.Array | None = None

    def __len__(self) -> int:
        return len(self.frame)

    def has(self, name: str) -> bool:
        """True where the file delivers the canonical column."""
        return name in self.bound

    def nulls(self, kind: pa.DataType | None = None) -> pa.Array:
        import pyarrow as pa

        return pa.nulls(len(self), kind or pa.string())

    def constant(self, value: str | bool) -> pa.Array:
        import pyarrow as pa

        return pa.repeat(pa.scalar(value), len(self))

    def first_of(self, names: tuple[str, ...]) -> pa.Array | None:
        """The file's column with the first of the names that it has."""
        return next((self.frame.columns[name] for name in names if name in self.frame.columns), None)

    def source(self, name: str) -> pa.Array:
        """The file's values for a canonical column as they are; several columns become text."""

        column, sources = self.bound[name]
        if column.value is not None:
            return self.constant(column.value)
        found = [self.frame.columns[s] if s in self.frame.columns else self.nulls() for s in sources]
        if len(found) > 1:
            texts = [values.text(f) for f in found]
            joined = pc.binary_join_element_wise(*texts, " ", null_handling="skip")
            found = [values.text(joined) if column.join else pc.coalesce(*texts)]
        if column.extract:
            text = values.text(found[0])
            found = [values.text(pc.extract_regex(text, column.extract).field(0))]
        return pc.utf8_lower(values.text(found[0])) if column.lower else found[0]

    def text(self, name: str) -> pa.Array:
        """Trimmed text, blank = null."""
        return values.text(self.source(name)) if self.has(name) else self.nulls()

    def number(self, name: str, reason: str = "bad_amount") -> pa.Array:
        """Decimals of 4 places; what is no number sets its row aside for ``reason``."""

        if not self.has(name):
            return self.nulls(money())
        column, sources = self.bound[name]
        if not column.sum:
            return self._checked(values.number(self.source(name), self.reading.block.amounts), name, reason)
        parts = []
        for part in sources:
            found = values.number(self.frame.columns[part], self.reading.block.amounts)
            parts.append(pc.fill_null(self._checked(found, part, reason), 0))
        return reduce(lambda a, b: pc.add(a, b).cast(money()), parts)

    def whole(self, name: str, reason: str) -> pa.Array:
        """Whole numbers from 1; anything else sets its row aside for ``reason``."""
        import pyarrow as pa

        if not self.has(name):
            return self.nulls(pa.int64())
        return self._checked(values.whole(self.source(name)), name, reason)

    def time(self, name: str, reason: str | None = "bad_time") -> pa.Array:
        """UTC instants; what is no time sets its row aside for ``reason``, or is a warning where that is None."""
        import pyarrow as pa

        if not self.has(name):
            return self.nulls(pa.timestamp("us", tz="UTC"))
        found = instants(self.source(name), self.reading.dates, self.reading.time_zone)
        if reason is not None:
            return self._checked(found, name, reason)
        self.warn(f"bad_{name}", found[1])
        return found[0]

    def _checked(self, found: tuple[pa.Array, pa.Array | None], name: str, reason: str) -> pa.Array:
        array, wrong = found
        if wrong is not None:
            self.reject(wrong, reason, name)
        return array

    def unmasked(self, name: str) -> pa.Array:
        """Text without masked values, which are missing ones (counted as a warning)."""
        found, count = values.without_masked(self.text(name)) if self.has(name) else (self.nulls(), 0)
        if count:
            self.reading.warnings[f"masked_{name}"] += count
        return found

    def identified(self, name: str) -> pa.Array:
        """Ids without masked values and without what a program writes for none (``NULL``): counted as warnings."""
        found, count = values.without_placeholders(self.unmasked(name))
        if count:
            self.reading.warnings[f"no_value_{name}"] += count
        return found

    def masked(self, name: str) -> pa.Array:
        """True where the text is masked (``t**1``), null where there is no such column."""
        import pyarrow as pa

        return values.is_masked(self.text(name)) if self.has(name) else self.nulls(pa.bool_())

    def warn(self, warning: str, wrong: pa.Array | None) -> None:
        """Count values that were dropped."""

        count = 0 if wrong is None else int(pc.sum(wrong).as_py() or 0)
        if count:
            self.reading.warnings[warning] += count

    def reject(self, wrong: pa.Array, reason: str | pa.Array, name: str) -> None:
        """Set the rows of the mask aside, unless they are already. ``name``: canonical column at fault."""
        import pyarrow as pa

        wrong = pc.fill_null(wrong, False)
        if not pc.any(wrong).as_py():
            return
        sources = self.bound[name][1] if name in self.bound else (name,)
        if self._reasons is None:
            self._reasons, self._columns = self.nulls(), self.nulls()
        first = pc.and_(wrong, pc.is_null(self._reasons))
        self._reasons = pc.if_else(first, reason, self._reasons)
        self._columns = pc.if_else(first, pa.scalar(" + ".join(sources) or name), self._columns)

    def finish(self, columns: dict[str, pa.Array], keep: pa.Array | None = None) -> pa.RecordBatch:
        """The canonical batch of these rows, or of those that the mask ``keep`` chooses."""
        import pyarrow as pa

        reasons = self.nulls() if self._reasons is None else self._reasons
        raw = self.nulls()
        if self._reasons is not None:
            wrong = pc.is_valid(reasons)
            positions = pc.indices_nonzero(wrong).to_pylist()
            raw = pc.replace_with_mask(raw, wrong, pa.array(self.frame.raw(positions), pa.string()))
        every = {
            **columns,
            "file_version_id": pa.repeat(pa.scalar(self.reading.file_version_id, pa.int64()), len(self)),
            "row_number": self.frame.row_numbers,
            "reject_reason": reasons,
            "reject_column": self.nulls() if self._columns is None else self._columns,
            "raw": raw,
        }
        shape = schema(self.reading.kind)
        arrays = [every[f.name] if f.name in every else self.nulls(f.type) for f in shape]
        typed = [a if a.type == f.type else a.cast(f.type) for a, f in zip(arrays, shape, strict=True)]
        batch = pa.RecordBatch.from_arrays(typed, schema=shape)
        return batch if keep is None else batch.filter(keep)


def set_aside(reading: Reading, broken: list[Broken]) -> pa.RecordBatch:
    """A batch of records that have no columns; ``raw`` holds their text."""

    shape = schema(reading.kind)
    return pa.RecordBatch.from_pylist(
        [
            {
                "file_version_id": reading.file_version_id,
                "row_number": record.row_number,
                "reject_reason": record.reason,
                "raw": json.dumps({"record": record.text.replace("\0", "")}, ensure_ascii=False),
            }
            for record in broken
        ],
        schema=shape,
    )
