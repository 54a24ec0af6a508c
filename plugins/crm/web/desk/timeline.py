"""Lanes over time: what somebody was, from when to when, as rectangles of an SVG that is 1,000 wide."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

WIDTH = 1000
#: What still holds is drawn on for this share of the time before it, so that it can be seen.
STILL = 0.08
DAY = datetime.timedelta(days=1)


def lanes(history: Sequence[Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """One lane for each of ``names``: its stretches, those of equal value joined.

    :param history: rows with valid_from, valid_to (None = still so) and the columns ``names``, the oldest first
    :return: per lane ``name`` and ``stretches`` (value, first, last (None = still so), x, width, shade: 0, 1, … by the
        order in which values came up); none where there is no history
    """
    if not history:
        return []
    first = history[0].valid_from
    known = max([row.valid_from for row in history] + [row.valid_to for row in history if row.valid_to])
    end = known + max(DAY, (known - first) * STILL)
    return [{"name": name, "stretches": _stretches(history, name, first, end)} for name in names]


def _stretches(history: Sequence[Any], name: str, first: datetime.date, end: datetime.date) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    shades: dict[Any, int] = {}
    for row in history:
        value = getattr(row, name)
        if found and found[-1]["value"] == value and found[-1]["last"] == row.valid_from:
            found[-1]["last"] = row.valid_to
            continue
        shade = shades.setdefault(value, len(shades))
        found.append({"value": value, "first": row.valid_from, "last": row.valid_to, "shade": shade})
    scale = WIDTH / (end - first).days
    for each in found:
        each["x"] = round((each["first"] - first).days * scale, 1)
        each["width"] = round(((each["last"] or end) - each["first"]).days * scale, 1)
    return found
