"""From the cells of one window to the figures that are kept: of the whole audience and of its parts.

Pure: no database, no clock, and no word on where the cells come from. Amounts in the reporting currency; rates and
differences between 0 and 1.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crm.evaluation import cells as of_cells
from crm.evaluation import earnings, intervals
from crm.evaluation.cells import ALL, Cell

if TYPE_CHECKING:
    from crm.business import Evaluation

#: Counts that stand in every result, whatever its status.
COUNTS = (
    "treated", "control", "treated_converted", "control_converted", "treated_rate", "control_rate", "treated_orders",
    "control_orders", "naive_revenue", "control_revenue", "treated_refunds", "control_refunds", "revenue_cap",
    "sample_ratio_p", "sample_ratio_mismatch",
)  # fmt: skip
#: What comes back of messages, and what they cost.
RESPONSES = ("accepted", "delivered", "opened", "clicked", "sending_cost", "coupon_cost")
#: What the holdout says; empty unless the status is ok.
EFFECTS = (
    "difference", "low", "high", "p_value", "p_adjusted", "baseline_rate", "relative_lift", "relative_low",
    "relative_high", "detectable_effect", "incremental_revenue", "revenue_low", "revenue_high", "revenue_unadjusted",
    "revenue_unadjusted_low", "revenue_unadjusted_high", "variance_explained", "revenue_uncapped", "uncapped_reliable",
    "incremental_orders", "orders_low", "orders_high",
)  # fmt: skip
#: Empty unless ok, and made of responses and costs too.
EARNINGS = ("difference_delivered", "margin", "profit", "profit_low", "profit_high", "roi")
#: What others would claim; of the whole audience alone.
ATTRIBUTIONS = ("last_touch_orders", "last_touch_revenue", "coupon_orders", "coupon_revenue")
#: What makes two versions the same. ``as_of`` and ``reason`` say how a version came about, not what it says.
FIGURES = ("is_primary", "status", "assignment", *COUNTS, *RESPONSES, *EFFECTS, *EARNINGS, *ATTRIBUTIONS)

OPEN, NOT_ENOUGH, OK = "open", "not_enough", "ok"
RANDOMISED, OBSERVATIONAL = "randomised", "observational"
#: Below this p the arms are not those that were drawn.
SAMPLE_RATIO = 0.001


@dataclass(frozen=True)
class Question:
    """What is asked of the cells.

    :param column: the sum of ``Cell`` that counts as conversions: ``met_goal`` or ``bought``
    :param closed: every window is over
    :param holdout: share that was to be held out; None where nobody drew
    :param assignment: ``randomised`` or ``observational``
    """

    column: str
    closed: bool
    holdout: float | None
    assignment: str = RANDOMISED


def of_window(
    cells: Sequence[Cell],
    question: Question,
    rules: Evaluation,
    attributed: Mapping[str, Any] | None = None,
    *,
    divided: bool = True,
) -> list[dict[str, Any]]:
    """All results of one window and goal: the whole audience, then segments, tiers, channels and variants.

    :param attributed: what last touch and coupon codes claim (``ATTRIBUTIONS``), of the whole audience
    :param divided: False = the whole audience alone (goals beside the declared one)
    :return: dictionaries with ``dimension``, ``dimension_value`` and ``FIGURES`` but ``is_primary``
    """
    found = []
    for dimension, value, part in of_cells.parts(cells) if divided else [(ALL, "", list(cells))]:
        asked = question
        if dimension == "variant":
            asked = replace(question, holdout=None)
        of_part = figures(part, asked, rules) | {"dimension": dimension, "dimension_value": value}
        if dimension == "variant":
            of_part |= _sample_ratio([cell for cell in part if cell.variant == value], question)
        found.append(of_part)
    found[0] |= attributed or {}
    _correct(found)
    return found


def figures(cells: Sequence[Cell], question: Question, rules: Evaluation) -> dict[str, Any]:
    """The figures of one result, from the cells of both arms, however finely they are divided.

    Strata are the cells' segments. Attributions and ``p_adjusted`` are left empty.

    :param cells: of one window and of one audience or a part of it
    :param question: which conversions count, whether the window is closed for everybody, how the arms were made
    :param rules: the business's minimums, and its margin
    """
    arms = of_cells.arms(cells)
    found: dict[str, Any] = dict.fromkeys(FIGURES[1:]) | {"assignment": question.assignment}
    found |= _counts(arms, question.column) | _sample_ratio(cells, question)
    found |= {name: of_cells.total(arms[True], name) for name in RESPONSES}
    n = {True: found["treated"], False: found["control"]}
    x = {True: found["treated_converted"], False: found["control_converted"]}
    found["status"] = status(n, x, question.closed, rules)
    if found["status"] == OK:
        found |= _rates(arms, question.column) | _revenue(arms) | _orders(arms)
        found |= earnings.of(found, rules.margin)
    return found


def _counts(arms: Mapping[bool, Sequence[Cell]], column: str) -> dict[str, Any]:
    found: dict[str, Any] = {"revenue_cap": next((cell.cap for arm in arms.values() for cell in arm), None)}
    for arm, name in ((True, "treated"), (False, "control")):
        customers = sum(cell.customers for cell in arms[arm])
        converted = sum(getattr(cell, column) for cell in arms[arm])
        found |= {
            name: customers,
            f"{name}_converted": converted,
            f"{name}_rate": converted / customers if customers else None,
            f"{name}_orders": sum(cell.orders for cell in arms[arm]),
            "naive_revenue" if arm else "control_revenue": sum(cell.revenue for cell in arms[arm]),
            f"{name}_refunds": sum(cell.refunds for cell in arms[arm]),
        }
    return found


def _sample_ratio(cells: Sequence[Cell], question: Question) -> dict[str, Any]:
    arms = {arm: sum(cell.customers for cell in found) for arm, found in of_cells.arms(cells).items()}
    drawn = question.assignment == RANDOMISED and question.holdout is not None
    p = intervals.sample_ratio_p(arms[False], sum(arms.values()), question.holdout or 0) if drawn else None
    return {"sample_ratio_p": p, "sample_ratio_mismatch": p is not None and p < SAMPLE_RATIO}


def status(n: Mapping[bool, int], x: Mapping[bool, int], closed: bool, rules: Evaluation) -> str:
    """open, not_enough or ok. Expected numbers are those of both arms' common rate."""
    if not closed:
        return OPEN
    total, converted = sum(n.values()), sum(x.values())
    rarer = min(converted, total - converted)
    # Whole numbers: of 100 at a common rate of 0.9, exactly 10 are expected not to convert.
    expected = all(customers * rarer >= rules.minimum_expected * total for customers in n.values())
    return OK if n[False] >= rules.minimum_control and expected else NOT_ENOUGH


def _rates(arms: Mapping[bool, Sequence[Cell]], column: str) -> dict[str, Any]:
    table = of_cells.table(arms[True], arms[False], ["customers", column])
    difference, rates = intervals.difference_of_rates(table), intervals.rates(table)
    found = {
        **_named(difference, "difference", "low", "high"),
        "p_value": intervals.p_of_no_difference(table),
        "baseline_rate": float(rates.control),
        "detectable_effect": intervals.detectable_effect(
            float(rates.control), float(rates.treated_size), float(rates.control_size)
        ),
    }
    if rates.control > 0:
        found |= _named(intervals.relative_lift(table), "relative_lift", "relative_low", "relative_high")
    return found


def _revenue(arms: Mapping[bool, Sequence[Cell]]) -> dict[str, Any]:
    """Per customer, times the treated: what they spent more than they would have without the message."""
    treated = sum(cell.customers for cell in arms[True])
    capped = revenue_table(arms[True], arms[False])
    adjusted = intervals.adjust(capped)
    plain = intervals.difference_of_means(capped[..., :3])
    whole = of_cells.table(arms[True], arms[False], ["customers", "revenue", "revenue_squares"])
    sums = ["customers", "revenue", "revenue_squares", "revenue_cubes"]
    reliable = [
        intervals.enough_for_uncapped(*(float(sum(getattr(cell, name) for cell in arm)) for name in sums))
        for arm in arms.values()
    ]
    return {
        **_named(
            intervals.difference_of_means(adjusted.table), "incremental_revenue", "revenue_low", "revenue_high", treated
        ),
        **_named(plain, "revenue_unadjusted", "revenue_unadjusted_low", "revenue_unadjusted_high", treated),
        "variance_explained": float(adjusted.explained),
        "revenue_uncapped": float(intervals.difference_of_means(whole).estimate) * treated,
        "uncapped_reliable": all(reliable),
    }


def revenue_table(first: Sequence[Cell], second: Sequence[Cell]) -> intervals.Array:
    """Capped revenue and its covariate, for ``intervals.adjust``."""
    columns = ["customers", "capped", "capped_squares", "spent_before", "spent_before_squares", "capped_spent_before"]
    return of_cells.table(first, second, columns)


def _orders(arms: Mapping[bool, Sequence[Cell]]) -> dict[str, Any]:
    table = of_cells.table(arms[True], arms[False], ["customers", "orders", "orders_squares"])
    treated = sum(cell.customers for cell in arms[True])
    return _named(intervals.difference_of_means(table), "incremental_orders", "orders_low", "orders_high", treated)


def _named(interval: intervals.Interval, estimate: str, low: str, high: str, times: int = 1) -> dict[str, float]:
    names = (estimate, low, high)
    return {name: float(value) * times for name, value in zip(names, interval, strict=True)}


def _correct(found: Sequence[dict[str, Any]]) -> None:
    """Of many parts some look like an effect by chance: p_adjusted allows for their number."""
    for dimension in of_cells.DIMENSIONS:
        parts = [each for each in found if each["dimension"] == dimension]
        adjusted = intervals.benjamini_hochberg([each["p_value"] for each in parts])
        for each, p in zip(parts, adjusted, strict=True):
            each["p_adjusted"] = p


def closed(last_entry_at: datetime.datetime, window_days: int, end: datetime.datetime) -> bool:
    """Whether the window of the customer who entered last was over at ``end``."""
    # In UTC: Python adds days of the wall clock to a local time, and a window lasts w x 24 h.
    return last_entry_at.astimezone(datetime.UTC) + datetime.timedelta(hours=24 * window_days) <= end
