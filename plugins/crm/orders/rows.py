"""Rows on their way from a frame to a canonical batch: values are read by canonical name, faults are noted once."""

from __future__ import annotations

import json

from crm import spelling
from crm.orders import arithmetic, values
from crm.orders.arrow import pa, pc
from crm.orders.canonical import money, schema
from crm.orders.frames import Broken, Frame, Reading
from crm.orders.mapping import Column
from crm.orders.times import instants

#: Columns that say who or what something is: a part alone is not the whole, and a damaged one is another's.
_IDS = ("order_id", "customer", "product", "refund_id")
#: Columns whose placeholders are counted for people.
_COUNTED = (*_IDS, "name", "email", "mobile", "address", "birthday")
#: 14 hours in microseconds: midnight of 1970-01-01 in any zone.
_NEAR_ZERO = 14 * 3_600_000_000 + 1
#: The end of 1900-01-01, wherever it began.
_FIRST_DAY = -2_208_988_800_000_000 + 86_400_000_000 + _NEAR_ZERO
_ZERO_DATE = r"^(0000|0001|1899|1900)[-/]?(00|01|12)[-/]?(00|01|30|31)([T ]|$)"


def _why_no_time(said: pa.Array) -> pa.Array:
    """The reason for which a text is no time, one for each: a serial date has a format of its own."""
    why = pc.if_else(pc.match_substring_regex(said, r"^\d{10}(\d{3})?$"), "epoch_time", "bad_time")
    return pc.if_else(pc.match_substring_regex(said, r"^[2-7]\d{4}([.,]\d+)?$"), "serial_date", why)


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
        return pa.nulls(len(self), kind or pa.string())

    def constant(self, value: str | bool) -> pa.Array:
        return pa.repeat(pa.scalar(value), len(self))

    def first_of(self, names: tuple[str, ...]) -> pa.Array | None:
        """The file's column with the first of the names that it has."""
        return next((self.frame.columns[name] for name in names if name in self.frame.columns), None)

    def said_by(self, names: tuple[str, ...], matches: str) -> pa.Array | None:
        """Text of the file's column that a rule asks for; where it asks for any text, words for nothing are none."""
        column = self.first_of(names)
        if column is None:
            return None
        texts = values.text(column)
        return values.without(texts, [*spelling.MISSING, *self.reading.block.blank]) if matches == "." else texts

    def source(self, name: str) -> pa.Array:
        """The file's values for a canonical column as they are; several columns become text."""

        column, sources = self.bound[name]
        if column.value is not None:
            return self.constant(column.value)
        if len(sources) == 1 and not column.extract and not column.lower:
            return self.cells(sources[0])
        return self.text(name)

    def cells(self, source: str) -> pa.Array:
        return self.frame.columns[source] if source in self.frame.columns else self.nulls()

    def _missing(self, name: str) -> list[str]:
        """Words that say of a canonical column that it has no value."""
        column = self.bound[name][0]
        values_here = {*column.not_blank, *self.reading.block.words_of(name)}
        none = {*spelling.MISSING, *self.reading.block.blank, *column.blank}
        # Shops number their guests 0.
        return sorted((none | {"0"} if name == "customer" else none) - values_here)

    def text(self, name: str, *, prose: bool = False) -> pa.Array:
        """Trimmed text, blank = null. ``prose``: names and descriptions, which may begin with an apostrophe."""
        if not self.has(name):
            return self.nulls()
        column, sources = self.bound[name]
        if column.value is not None:
            return self.constant(column.value)
        return self._combined(name, [self._said(name, values.text(self.cells(s), prose=prose)) for s in sources])

    def _said(self, name: str, texts: pa.Array) -> pa.Array:
        """``texts`` without the words that say there is none, counted where somebody may miss the value."""
        found = values.without(texts, self._missing(name))
        if found.null_count > texts.null_count and name in _COUNTED:
            self.reading.warnings[f"placeholder_{name}"] += found.null_count - texts.null_count
        return found

    def _combined(self, name: str, texts: list[pa.Array]) -> pa.Array:
        """One text of several columns. A part of an id that is missing leaves no id: others may have the same rest."""
        column = self.bound[name][0]
        found = texts[0]
        if len(texts) > 1 and column.join:
            handling = "emit_null" if name in _IDS else "skip"
            found = values.text(pc.binary_join_element_wise(*texts, column.separator, null_handling=handling))
        elif len(texts) > 1:
            found = pc.coalesce(*texts)
        if column.extract:
            found = values.text(pc.extract_regex(found, column.extract).field(0))
        return pc.utf8_lower(found) if column.lower else found

    def identity(self, name: str) -> tuple[pa.Array, pa.Array | None]:
        """Ids as text without those that a spreadsheet has damaged, and a mask of these."""
        column, sources = self.bound.get(name, (None, ()))
        if column is None or column.value is not None:
            return self.text(name), None
        parts, damaged = [], None
        for source in sources:
            part, wrong = values.as_id(values.text(self.cells(source)))
            parts.append(self._said(name, part))
            damaged = wrong if damaged is None else damaged if wrong is None else pc.or_(damaged, wrong)
        found = self._combined(name, parts)
        return (found if damaged is None else pc.if_else(damaged, pa.scalar(None, pa.string()), found)), damaged

    def id_or_warning(self, name: str) -> pa.Array:
        """Ids without masked ones and damaged ones, both of which are counted."""
        found, damaged = self.identity(name)
        self.warn(f"damaged_{name}", damaged)
        return self.unmasked_of(name, found)

    def number(self, name: str, reason: str = "bad_amount") -> pa.Array:
        """Decimals of 4 places; what is no number sets its row aside for ``reason``."""

        if not self.has(name):
            return self.nulls(money())
        if self.bound[name][0].sum:
            return arithmetic.calculated(self, name, reason)
        return self._checked(self.number_of(self.source(name), name), name, reason)

    def number_of(self, cells: pa.Array, name: str) -> tuple[pa.Array, pa.Array | None]:
        """Numbers in some of the file's ``cells`` of a canonical column, and a mask of those that are none."""
        return values.number(cells, self.reading.block.amounts, self.reading.mapping.currency, self._missing(name))

    def whole(self, name: str, reason: str) -> pa.Array:
        """Whole numbers from 1; anything else sets its row aside for ``reason``."""

        if not self.has(name):
            return self.nulls(pa.int64())
        return self._checked(values.whole(self.source(name), self._missing(name)), name, reason)

    def time(self, name: str, reason: str | None = "bad_time") -> pa.Array:
        """UTC instants; what is no time sets its row aside for ``reason``, or is a warning where that is None."""

        if not self.has(name):
            return self.nulls(pa.timestamp("us", tz="UTC"))
        cells = self.source(name)
        found, wrong = instants(
            cells, self.reading.dates, self.reading.time_zone, self._missing(name),
            self.reading.evidence, name, self.frame.row_numbers,
        )  # fmt: skip
        found = self._without_placeholders(name, found)
        if wrong is None:
            return found
        said = values.text(cells)
        wrong = self._without_zero_dates(name, said, wrong)
        if reason is None:
            self.warn(f"bad_{name}", wrong)
        else:
            self.reject(wrong, _why_no_time(said), name)
        return found

    def _without_placeholders(self, name: str, found: pa.Array) -> pa.Array:
        """Without 1970-01-01 and 1900-01-01, which are zeros that a program took for times."""
        since = found.cast(pa.int64())
        zero = pc.or_(pc.less(pc.abs(since), _NEAR_ZERO), pc.less(since, _FIRST_DAY))
        if not pc.any(zero).as_py():
            return found
        self.warn(f"placeholder_{name}", zero)
        return pc.if_else(zero, pa.scalar(None, found.type), found)

    def _without_zero_dates(self, name: str, said: pa.Array, wrong: pa.Array) -> pa.Array:
        """``wrong`` without 0000-00-00 and its like, which say that there was no time."""
        zero = pc.and_(wrong, pc.fill_null(pc.match_substring_regex(said, _ZERO_DATE), False))
        self.warn(f"placeholder_{name}", zero)
        return pc.and_not(wrong, zero)

    def _checked(self, found: tuple[pa.Array, pa.Array | None], name: str, reason: str) -> pa.Array:
        array, wrong = found
        if wrong is not None:
            self.reject(wrong, reason, name)
        return array

    def unmasked(self, name: str, *, prose: bool = False) -> pa.Array:
        """Text without masked values, which are missing ones (counted as a warning)."""
        return self.unmasked_of(name, self.text(name, prose=prose)) if self.has(name) else self.nulls()

    def unmasked_of(self, name: str, texts: pa.Array) -> pa.Array:
        """``texts`` of a column without masked ones."""
        found, count = values.without_masked(texts)
        if count:
            self.reading.warnings[f"masked_{name}"] += count
        return found

    def masked(self, name: str) -> pa.Array:
        """True where the text is masked (``t**1``), null where there is no such column."""
        return values.is_masked(self.text(name)) if self.has(name) else self.nulls(pa.bool_())

    def warn(self, warning: str, wrong: pa.Array | None) -> None:
        """Count values that were dropped."""

        count = 0 if wrong is None else int(pc.sum(wrong).as_py() or 0)
        if count:
            self.reading.warnings[warning] += count

    def reject(self, wrong: pa.Array, reason: str | pa.Array, name: str) -> None:
        """Set the rows of the mask aside, unless they are already. ``name``: canonical column at fault."""
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
