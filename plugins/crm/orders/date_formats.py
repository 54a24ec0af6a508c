"""Formats of dates: which a mapping may name, and which one a file's dates are of where they fit several.

03/04/2024 is a day of March or of April. A column has one format: the one that its other dates have shown, else none.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, reduce
from itertools import combinations, permutations
from typing import Any

from crm.orders.arrow import np, pa, pc

#: Formats with a name of their own: ISO 8601, days since 1899-12-30, seconds and milliseconds since 1970-01-01 (UTC).
NAMED = ("iso", "excel", "epoch", "epoch_ms")
#: Words for the one zone whose name is the same everywhere; PST, CST or IST are several zones each.
UTC_WORDS = ("UTC", "GMT", "Z")
_ZONE_AT_END = re.compile(r"(?<![A-Za-z%])([A-Z]{1,5})\)?$")
_SAMPLES = tuple(datetime.datetime(2003, 4, day, 6, 7, 8) for day in (5, 11))  # noqa: DTZ001 (forms, not instants)


def check(form: str) -> str:
    """``form`` if it can be used.

    :raises ValueError: it is no format, or names a zone that only its author knows
    """
    if form in NAMED:
        return form
    if "%" not in form:
        known = ", ".join(NAMED[1:])
        raise ValueError(f"{form!r} is neither iso nor a strptime format (nor one of {known}) such as %d/%m/%Y %H:%M")
    if "%Z" in form[:-2]:
        raise ValueError(f"{form!r}: %Z must be at its end")
    word = zone_word(form)
    if word and word not in UTC_WORDS:
        raise ValueError(
            f"{form!r}: {word} is not one zone everywhere. Set time_zone to the IANA zone of these times and give "
            "a file without the word, or use %z for an offset such as -0800"
        )
    return form


def zone_word(form: str) -> str:
    """The zone that is written out at the end of a format, such as Z or PST; nothing where there is none."""
    # Directives are no words: %S, %p, %Z.
    found = _ZONE_AT_END.search(re.sub(r"%[-#^_0]?[A-Za-z%]", "\0", form))
    return found[1] if found and (found[1] in UTC_WORDS or len(found[1]) > 1) else ""


@cache
def rivals(formats: tuple[str, ...]) -> frozenset[str]:
    """Those of the formats that read some text as another day than another of them does."""
    pairs = [pair for pair in combinations(formats, 2) if not set(pair) & set(NAMED) and _differ(*pair)]
    return frozenset(form for pair in pairs for form in pair)


def _differ(one: str, other: str) -> bool:
    return any(
        reading not in (None, _read(sample.strftime(first), first))
        for first, second in permutations((one, other))
        for sample in _SAMPLES
        for reading in [_read(sample.strftime(first), second)]
    )


def _read(text: str, form: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.strptime(text, form).replace(tzinfo=None)  # noqa: DTZ007 (days are compared)
    except ValueError:
        return None


def _unlike(readings: list[pa.Array]) -> Any:
    """A numpy mask: the formats that read the date do not agree on it."""
    instants = [reading.cast(pa.int64()) for reading in readings]
    most, least = (pick(*instants) for pick in (pc.max_element_wise, pc.min_element_wise))
    return pc.fill_null(pc.not_equal(most, least), False).to_numpy(zero_copy_only=False)


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
