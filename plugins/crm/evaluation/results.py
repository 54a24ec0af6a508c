"""One result: from the sums of its strata to the figures that are kept.

Pure: no database, no clock. Amounts in the reporting currency; rates and differences between 0 and 1.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm.evaluation import intervals

if TYPE_CHECKING:
    from crm.business import Evaluation

#: What makes two versions the same. ``as_of`` and ``reason`` say how a version came about, not what it says.
FIGURES = (
    "is_primary",
    "status",
    "treated",
    "control",
    "treated_converted",
    "control_converted",
    "treated_rate",
    "control_rate",
    "difference",
    "low",
    "high",
    "p_value",
    "naive_revenue",
    "incremental_revenue",
    "revenue_low",
    "revenue_high",
    "revenue_cap",
    "revenue_uncapped",
    "uncapped_reliable",
    "sample_ratio_p",
)

OPEN, NOT_ENOUGH, OK = "open", "not_enough", "ok"


@dataclass(frozen=True)
class Question:
    """What is asked of the strata: the ``column`` of conversions, and whether every window is closed."""

    column: str
    closed: bool
    holdout: float


def figures(strata: Sequence[Any], question: Question, rules: Evaluation) -> dict[str, Any]:
    """The figures of one result.

    :param strata: rows of ``evaluation/strata`` of one window
    :param question: which conversions count, and whether the window is closed for everybody
    :param rules: the business's minimums
    """
    arms = {treated: [row for row in strata if row.treated is treated] for treated in (True, False)}
    n = {arm: sum(row.customers for row in rows) for arm, rows in arms.items()}
    x = {arm: sum(getattr(row, question.column) for row in rows) for arm, rows in arms.items()}
    found: dict[str, Any] = dict.fromkeys(FIGURES)
    found |= {
        "status": status(n, x, question.closed, rules),
        "treated": n[True],
        "control": n[False],
        "treated_converted": x[True],
        "control_converted": x[False],
        "treated_rate": x[True] / n[True] if n[True] else None,
        "control_rate": x[False] / n[False] if n[False] else None,
        "naive_revenue": sum(row.revenue for row in arms[True]),
        "revenue_cap": next((row.cap for row in strata), None),
        "sample_ratio_p": intervals.sample_ratio_p(n[False], n[True] + n[False], question.holdout),
    }
    if found["status"] == OK:
        found |= _rates(strata, question.column) | _revenue(strata, arms, n[True])
    return found


def status(n: Mapping[bool, int], x: Mapping[bool, int], closed: bool, rules: Evaluation) -> str:
    """open, not_enough or ok. Expected numbers are those of both arms' common rate."""
    if not closed:
        return OPEN
    total, converted = sum(n.values()), sum(x.values())
    rarer = min(converted, total - converted)
    # Whole numbers: of 100 at a common rate of 0.9, exactly 10 are expected not to convert.
    expected = all(customers * rarer >= rules.minimum_expected * total for customers in n.values())
    return OK if n[False] >= rules.minimum_control and expected else NOT_ENOUGH


def _rates(strata: Sequence[Any], column: str) -> dict[str, Any]:
    table = _table(strata, ["customers", column])
    found = intervals.difference_of_rates(table)
    return {
        "difference": float(found.estimate),
        "low": float(found.low),
        "high": float(found.high),
        "p_value": intervals.p_of_no_difference(table),
    }


def _revenue(strata: Sequence[Any], arms: Mapping[bool, Sequence[Any]], treated: int) -> dict[str, Any]:
    """Per customer, times the treated: what they spent more than they would have without the message."""
    capped = intervals.difference_of_means(_table(strata, ["customers", "capped", "capped_squares"]))
    whole = intervals.difference_of_means(_table(strata, ["customers", "revenue", "revenue_squares"]))
    sums = ["customers", "revenue", "revenue_squares", "revenue_cubes"]
    reliable = [
        intervals.enough_for_uncapped(*(float(sum(getattr(row, name) for row in rows)) for name in sums))
        for rows in arms.values()
    ]
    return {
        "incremental_revenue": float(capped.estimate) * treated,
        "revenue_low": float(capped.low) * treated,
        "revenue_high": float(capped.high) * treated,
        "revenue_uncapped": float(whole.estimate) * treated,
        "uncapped_reliable": all(reliable),
    }


def _table(strata: Sequence[Any], columns: Sequence[str]) -> intervals.Array:
    import numpy as np

    names = sorted({row.stratum for row in strata})
    table = np.zeros((len(names), 2, len(columns)))
    for row in strata:
        arm = 0 if row.treated else 1
        table[names.index(row.stratum), arm] = [float(getattr(row, column)) for column in columns]
    return table


def same(new: Mapping[str, Any], old: Any) -> bool:
    """Whether two versions say the same; floats to nine digits, so that a newer library makes no new version."""
    return all(_equal(new[name], getattr(old, name)) for name in FIGURES)


def _equal(a: Any, b: Any) -> bool:
    if a is None or b is None or isinstance(a, str | bool):
        return bool(a == b)
    return math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1e-9)


def reason(new: Mapping[str, Any], old: Any | None) -> str:
    """Why this version is made."""
    if old is None:
        return "first"
    if old.status == OPEN:
        return "window open" if new["status"] == OPEN else "window closed"
    if (new["treated"], new["control"]) != (old.treated, old.control):
        return "entries"
    if all(_equal(new[name], getattr(old, name)) for name in FIGURES if name != "is_primary"):
        return "declaration"
    return "late orders or refunds"


def closed(last_entry_at: datetime.datetime, window_days: int, end: datetime.datetime) -> bool:
    """Whether the window of the customer who entered last was over at ``end``."""
    # In UTC: Python adds days of the wall clock to a local time, and a window lasts w x 24 h.
    return last_entry_at.astimezone(datetime.UTC) + datetime.timedelta(hours=24 * window_days) <= end
