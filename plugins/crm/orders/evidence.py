"""Which format a file's dates are of where they fit several: the one that the other dates of the column have shown.

03/04/2024 alone may be a day of March or of April; beside 03/15/2024 it is one of March.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from crm.date_formats import rivals
from crm.orders.arrow import np, pa, pc


@dataclass
class Evidence:
    """What a file's dates have shown so far, per canonical column: formats that alone read a date, and its row."""

    shown: dict[str, dict[str, int]] = field(default_factory=dict)
    assumed: dict[str, tuple[str, int]] = field(default_factory=dict)

    def decide(self, column: str, found: Mapping[str, pa.Array], rows: pa.Array) -> pa.Array:
        """One reading of each date.

        :param found: what each format makes of the column's dates (null = nothing), in the order of preference
        :param rows: record numbers
        """
        forms = [form for form in found if form in rivals(tuple(found))]
        readable = np.array([pc.is_valid(found[form]).to_numpy(zero_copy_only=False) for form in forms])
        for form, only in zip(forms, readable & (readable.sum(axis=0) == 1), strict=True):
            if only.any():
                self.shown.setdefault(column, {}).setdefault(form, rows[int(only.argmax())].as_py())
        doubtful = (readable.sum(axis=0) > 1) & _unlike([found[form] for form in forms])
        first = forms[0]
        if doubtful.any():
            first = self._likely(column, forms)
            self.assumed.setdefault(column, (first, rows[int(doubtful.argmax())].as_py()))
        order = [first, *(form for form in found if form != first)]
        return reduce(pc.coalesce, [found[form] for form in order])

    def _likely(self, column: str, forms: list[str]) -> str:
        shown = self._of(column)
        return next((form for form in forms if form in shown), forms[0])

    def _of(self, column: str) -> dict[str, int]:
        """What the column has shown, else what the file's other columns have."""
        return self.shown.get(column) or {form: row for each in self.shown.values() for form, row in each.items()}

    def problem(self) -> str | None:
        """Why the dates of the file cannot be read, once all of them were seen; None where they can."""
        for column, shown in self.shown.items():
            if column in self.assumed and len(shown) > 1:
                pairs = " and ".join(f"{form} (record {row})" for form, row in shown.items())
                return f"has dates of several formats for {column}: {pairs}; record {self.assumed[column][1]} fits both"
        for column, (form, row) in self.assumed.items():
            shown = self._of(column)
            if set(shown) == {form}:
                continue
            if shown:
                return f"shows the format of {column} only late: from record {next(iter(shown.values()))} on"
            return f"has dates for {column} that fit several formats, from record {row} on, and none that fits only one"
        return None


def _unlike(readings: list[pa.Array]) -> Any:
    """A numpy mask: the formats that read the date do not agree on it."""
    instants = [reading.cast(pa.int64()) for reading in readings]
    most, least = (pick(*instants) for pick in (pc.max_element_wise, pc.min_element_wise))
    return pc.fill_null(pc.not_equal(most, least), False).to_numpy(zero_copy_only=False)
