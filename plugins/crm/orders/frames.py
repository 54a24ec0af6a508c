"""A frame: some rows of a file with the file's own columns, before they become canonical."""

from __future__ import annotations

import datetime
import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm.orders.evidence import Evidence
from crm.orders.mapping import Block, Column, Customers, Mapping

if TYPE_CHECKING:
    import pyarrow as pa


class SourceError(Exception):
    """A whole file cannot be read; the message names the file, what was expected and found, and what to do."""


@dataclass(frozen=True)
class Broken:
    """A record that has no columns: it is set aside with its text. ``cells``: its fields, where it has any."""

    row_number: int
    reason: str
    text: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frame:
    """Rows with their numbers, columns as delivered (mostly text), and the broken records among them."""

    columns: dict[str, pa.Array]
    row_numbers: pa.Array
    broken: list[Broken] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.row_numbers)

    def raw(self, positions: Iterable[int]) -> list[str]:
        """The rows at ``positions`` as JSON objects of the file's own columns."""
        import pyarrow as pa

        at = pa.array(list(positions), pa.int64())
        taken = {name: [_plain(v) for v in values.take(at).to_pylist()] for name, values in self.columns.items()}
        return [
            json.dumps({name: values[i] for name, values in taken.items()}, ensure_ascii=False).replace("\\u0000", "")
            for i in range(len(at))
        ]


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Reading:
    """One file being read: everything that the steps have in common."""

    mapping: Mapping
    kind: str
    block: Block
    file_version_id: int
    source_name: str
    warnings: Counter[str]
    #: Last business date that the file may speak of, where it is known: nobody is born after it.
    business_date: datetime.date | None = None
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def time_zone(self) -> str:
        """Zone of times without an offset."""
        return self.block.time_zone or self.mapping.time_zone

    @property
    def dates(self) -> tuple[str, ...]:
        """Formats of times; cells of a workbook are times already and come as ISO."""
        return self.block.dates if "iso" in self.block.dates else (*self.block.dates, "iso")

    def error(self, problem: str, advice: str) -> SourceError:
        """An error about the whole file."""
        return SourceError(f"{self.source_name}: {problem}; {advice}")

    def key(self, name: str) -> str:
        """The key of the mapping where a person finds ``name`` of this block: ``orders.encoding``."""
        if not (isinstance(self.block, Customers) and self.block.from_orders):
            return f"{self.kind}.{name}"
        fields = ("encoding", "encodings") if name == "encoding" else (name,)
        given, of_orders = self.block.model_fields_set, self.mapping.orders
        own = any(each in given and getattr(self.block, each) != getattr(of_orders, each, None) for each in fields)
        return f"orders.customer.{name}" if own or name in ("columns", "optional") else f"orders.{name}"

    def missing(self, present: Iterable[str]) -> list[str]:
        """Canonical names and rules of which no column is among ``present``, unless that is optional."""
        names = set(present)
        rules = [f"{name} ({' or '.join(of)})" for name, of in self.block.rule_columns() if not names & set(of)]
        return rules + [
            f"{canonical} ({column})"
            for canonical, column in self.block.columns.items()
            if canonical not in self.block.optional and column.sources(names) is None
        ]

    def _nearest(self, present: Set[str]) -> str:
        """Columns that the file has and that are called nearly as those that it misses."""
        lacking = [
            column.every_name()
            for canonical, column in self.block.columns.items()
            if canonical not in self.block.optional and column.sources(present) is None
        ] + [of for _, of in self.block.rule_columns() if not present & set(of)]
        plain = {re.sub(r"[\W_]+", "", name.lower()): name for name in sorted(present)}
        found = {}
        for name in {name for names in lacking for name in names} - present:
            near = difflib.get_close_matches(re.sub(r"[\W_]+", "", name.lower()), plain, n=2)
            if near:
                found[name] = " or ".join(plain[each] for each in near)
        return "".join(f"; {found[name]} is near to {name}" for name in sorted(found))

    def bound(self, present: Iterable[str], *, strict: bool = True) -> dict[str, tuple[Column, tuple[str, ...]]]:
        """Canonical names that this file has, each with its rule and the file's columns.

        :param strict: refuse a file that misses a column that is not optional
        :raises SourceError: names the columns that are missing and those that there are
        """
        names = set(present)
        missing = self.missing(names) if strict else []
        if missing:
            raise self.error(
                f"misses the {'columns' if len(missing) > 1 else 'column'} for {', '.join(missing)}; it has "
                + ", ".join(sorted(names))
                + self._nearest(names),
                f"edit {self.key('columns')} of the mapping {self.mapping.name!r}, or name what may be absent in "
                f"{self.key('optional')} (a rule that may lack its column says optional: true)",
            )
        sources = {canonical: (column, column.sources(names)) for canonical, column in self.block.columns.items()}
        return {canonical: (column, found) for canonical, (column, found) in sources.items() if found is not None}


def numbered(batches: Iterable[dict[str, pa.Array]]) -> Iterator[Frame]:
    """Number the rows of batches that have no broken records."""
    import numpy as np
    import pyarrow as pa

    first = 1
    for columns in batches:
        count = len(next(iter(columns.values()))) if columns else 0
        yield Frame(columns, pa.array(np.arange(first, first + count, dtype=np.int64)))
        first += count


def without_rows(names: Iterable[str]) -> Frame:
    """No rows, but the columns: even a file without orders has to have the right ones."""
    import pyarrow as pa

    return Frame({name: pa.nulls(0, pa.string()) for name in names}, pa.array([], pa.int64()))
