"""From the cells of one window to the figures that are kept: of the whole audience and of its parts.

Pure: no database, no clock, and no word on where the cells come from. Amounts in the reporting currency; rates and
differences between 0 and 1.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from crm.evaluation import cells as of_cells
from crm.evaluation import earnings, intervals, pooling
from crm.evaluation.cells import ALL, Cell

if TYPE_CHECKING:
    from types import ModuleType

    from crm.business import Evaluation

#: Counts that stand in every result, whatever its status.
COUNTS = (
    "treated", "control", "treated_converted", "control_converted", "treated_rate", "control_rate", "treated_orders",
    "control_orders", "naive_revenue", "control_revenue", "treated_refunds", "control_refunds", "revenue_cap",
    "sample_ratio_p", "sample_ratio_mismatch", "method", "strata", "dropped_strata", "dropped_customers",
    "later_entries", "goods_cost", "cost_known", "profit_basis",
)  # fmt: skip
#: What comes back of messages, and what they cost.
RESPONSES = ("accepted", "delivered", "opened", "clicked", "sending_cost", "coupon_cost")
#: What the holdout says; empty unless the status is ok.
EFFECTS = (
    "difference", "low", "high", "p_value", "p_adjusted", "baseline_rate", "relative_lift", "relative_low",
    "relative_high", "detectable_effect", "incremental_revenue", "revenue_low", "revenue_high", "revenue_unadjusted",
    "revenue_unadjusted_low", "revenue_unadjusted_high", "variance_explained", "revenue_uncapped", "uncapped_reliable",
    "revenue_p", "revenue_p_adjusted",
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
#: How arms are put together: customers drawn once, or at several shares.
POST_STRATIFIED, MANTEL_HAENSZEL = "post_stratified", "mantel_haenszel"
#: Below this p the arms are not those that were drawn.
SAMPLE_RATIO = 0.001


@dataclass(frozen=True)
class Question:
    """What is asked of the cells.

    :param column: the sum of ``Cell`` that counts as conversions: ``met_goal`` or ``bought``
    :param closed: every window is over
    :param holdout: share that was to be held out; None where nobody drew
    :param assignment: ``randomised`` or ``observational``
    :param holdouts: by ``Cell.shares``, where arms were drawn at several shares
    :param pooled: strata are shares and months too, and are never added up raw (docs/evaluation.md, Pooling)
    """

    column: str
    closed: bool
    holdout: float | None
    assignment: str = RANDOMISED
    holdouts: Mapping[str, float] = field(default_factory=dict)
    pooled: bool = False

    @property
    def method(self) -> ModuleType:
        """The functions that compare two arms: ``intervals`` (post-stratified) or ``pooling`` (Mantel-Haenszel)."""
        return pooling if self.pooled else intervals

    def drawn_at(self, shares: str) -> float | None:
        """The share held out of the cells that were drawn by these shares."""
        return self.holdouts.get(shares, self.holdout)


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
        of_part = figures(part, question, rules) | {"dimension": dimension, "dimension_value": value}
        if dimension == "variant":
            of_part |= _sample_ratio_of_variant(part, value, question)
        found.append(of_part)
    found[0] |= attributed or {}
    _correct(found)
    return found


def figures(cells: Sequence[Cell], question: Question, rules: Evaluation) -> dict[str, Any]:
    """The figures of one result, from the cells of both arms, however finely they are divided.

    Strata are the cells' segments; of pooled results their shares and
    months too. Attributions and adjusted p are left empty.

    :param cells: of one window and of one audience or a part of it
    :param question: which conversions count, whether the window is closed for everybody, how the arms were made
    :param rules: the business's minimums, and its margin where costs are not known
    """
    arms = of_cells.arms(cells)
    found: dict[str, Any] = dict.fromkeys(FIGURES[1:]) | {"assignment": question.assignment}
    found |= _counts(arms, question.column) | _sample_ratio(cells, question)
    found |= {name: of_cells.total(arms[True], name) for name in RESPONSES}
    found |= earnings.basis(cells, rules)
    table = of_cells.table(arms[True], arms[False], ["customers", question.column])
    found |= together(table, question) | _named_rates(table, question)
    found["status"] = status(*sizes(table, question), question.closed, rules)
    if found["status"] == OK:
        found |= _rates(table, question) | _revenue(arms, question) | _orders(arms, question)
        found |= earnings.of(found, _contribution(arms, question))
    return found


def together(table: intervals.Array, question: Question) -> dict[str, Any]:
    """How the strata are put together, and what of them says nothing: one whose other arm is empty."""
    if not question.pooled:
        return {"method": POST_STRATIFIED}
    both = pooling.compared(table)
    return {
        "method": MANTEL_HAENSZEL,
        "strata": int(both.sum()),
        "dropped_strata": int((~both).sum()),
        "dropped_customers": int(table[~both][..., 0].sum()),
    }


def sizes(table: intervals.Array, question: Question) -> tuple[dict[bool, int], dict[bool, int]]:
    """Customers and converters of both arms that are compared: of pooled results those of strata with both arms."""
    kept = table[pooling.compared(table)] if question.pooled else table
    (n1, x1), (n0, x0) = kept.sum(axis=0).astype(int).tolist()
    return {True: n1, False: n0}, {True: x1, False: x0}


def pooled_rates(table: intervals.Array, question: Question) -> tuple[float | None, float | None] | None:
    """The rates by the weights of the difference; None where raw ones are right, because nothing is pooled."""
    if not question.pooled or not table[..., 0].sum(axis=0).all():
        return None
    if not pooling.compared(table).any():
        return None, None
    rates = pooling.rates(table)
    return float(rates.treated), float(rates.control)


def _named_rates(table: intervals.Array, question: Question) -> dict[str, Any]:
    found = pooled_rates(table, question)
    return dict(zip(("treated_rate", "control_rate"), found, strict=True)) if found else {}


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
    arms: dict[str, list[int]] = {}
    for cell in cells:
        arms.setdefault(cell.shares, [0, 0])[cell.treated] += cell.customers
    drawn = question.assignment == RANDOMISED
    each = [(arms[shares][False], sum(arms[shares]), question.drawn_at(shares) or 0) for shares in sorted(arms)]
    p = intervals.sample_ratios_p(each) if drawn else None
    return {"sample_ratio_p": p, "sample_ratio_mismatch": p is not None and p < SAMPLE_RATIO}


def _sample_ratio_of_variant(cells: Sequence[Cell], variant: str, question: Question) -> dict[str, Any]:
    """Of a variant's treated and the held-out who would have had it; untested where none was drawn for the held-out."""
    own = [cell for cell in cells if cell.variant == variant]
    drawn = any(cell.variant for cell in cells if not cell.treated)
    return _sample_ratio(own, question if drawn else replace(question, holdout=None, holdouts={}))


def status(n: Mapping[bool, int], x: Mapping[bool, int], closed: bool, rules: Evaluation) -> str:
    """open, not_enough or ok. Expected numbers are those of both arms' common rate."""
    if not closed:
        return OPEN
    total, converted = sum(n.values()), sum(x.values())
    rarer = min(converted, total - converted)
    # Whole numbers: of 100 at a common rate of 0.9, exactly 10 are expected not to convert.
    expected = all(customers * rarer >= rules.minimum_expected * total for customers in n.values())
    return OK if n[False] >= rules.minimum_control and expected else NOT_ENOUGH


def _rates(table: intervals.Array, question: Question) -> dict[str, Any]:
    difference, rates = question.method.difference_of_rates(table), question.method.rates(table)
    found = {
        **_named(difference, "difference", "low", "high"),
        "p_value": question.method.p_of_no_difference(table),
        "baseline_rate": float(rates.control),
        "detectable_effect": intervals.detectable_effect(
            float(rates.control), float(rates.treated_size), float(rates.control_size)
        ),
    }
    if rates.control > 0:
        found |= _named(question.method.relative_lift(table), "relative_lift", "relative_low", "relative_high")
    return found


def _revenue(arms: Mapping[bool, Sequence[Cell]], question: Question) -> dict[str, Any]:
    """Per customer, times the treated: what they spent more than they would have without the message.

    Of pooled results the treated are those with somebody to be compared with: of the others nothing is known.
    """
    method = question.method
    capped = revenue_table(arms[True], arms[False])
    treated = sizes(capped[..., :2], question)[0][True]
    adjusted = method.adjust(capped)
    main, plain = method.mean_difference(adjusted.table), method.mean_difference(capped[..., :3])
    whole = of_cells.table(arms[True], arms[False], ["customers", "revenue", "revenue_squares"])
    sums = ["customers", "revenue", "revenue_squares", "revenue_cubes"]
    reliable = [
        intervals.enough_for_uncapped(*(float(sum(getattr(cell, name) for cell in arm)) for name in sums))
        for arm in arms.values()
    ]
    return {
        **_money(main, "incremental_revenue", "revenue_low", "revenue_high", treated),
        "revenue_p": intervals.p_of_means(*main),
        **_money(plain, "revenue_unadjusted", "revenue_unadjusted_low", "revenue_unadjusted_high", treated),
        "variance_explained": float(adjusted.explained),
        "revenue_uncapped": float(method.mean_difference(whole)[0]) * treated,
        "uncapped_reliable": all(reliable),
    }


def _contribution(arms: Mapping[bool, Sequence[Cell]], question: Question) -> intervals.Interval | None:
    """What is left of the incremental revenue after the goods, with its interval; None where cells know no costs."""
    both = [cell for arm in arms.values() for cell in arm]
    if any(cell.contribution is None for cell in both):
        return None
    columns = ["customers", "contribution", "contribution_squares", "spent_before", "spent_before_squares"]
    table = of_cells.table(arms[True], arms[False], [*columns, "contribution_spent_before"])
    treated = sizes(table[..., :2], question)[0][True]
    found = question.method.mean_difference(question.method.adjust(table).table)
    return intervals.Interval(*(float(value) * treated for value in intervals.interval_of_means(*found)))


def revenue_table(first: Sequence[Cell], second: Sequence[Cell]) -> intervals.Array:
    """Capped revenue and its covariate, for ``intervals.adjust``."""
    columns = ["customers", "capped", "capped_squares", "spent_before", "spent_before_squares", "capped_spent_before"]
    return of_cells.table(first, second, columns)


def _orders(arms: Mapping[bool, Sequence[Cell]], question: Question) -> dict[str, Any]:
    table = of_cells.table(arms[True], arms[False], ["customers", "orders", "orders_squares"])
    treated = sizes(table[..., :2], question)[0][True]
    found = question.method.mean_difference(table)
    return _money(found, "incremental_orders", "orders_low", "orders_high", treated)


def _money(found: tuple[Any, Any, Any], estimate: str, low: str, high: str, treated: int) -> dict[str, float]:
    return _named(intervals.interval_of_means(*found), estimate, low, high, treated)


def _named(interval: intervals.Interval, estimate: str, low: str, high: str, times: int = 1) -> dict[str, float]:
    names = (estimate, low, high)
    return {name: float(value) * times for name, value in zip(names, interval, strict=True)}


def _correct(found: Sequence[dict[str, Any]]) -> None:
    """Of many parts some look like an effect by chance, in rates as in money: the adjusted p allow for their number."""
    for dimension in of_cells.DIMENSIONS:
        parts = [each for each in found if each["dimension"] == dimension]
        for plain, corrected in (("p_value", "p_adjusted"), ("revenue_p", "revenue_p_adjusted")):
            adjusted = intervals.benjamini_hochberg([each[plain] for each in parts])
            for each, p in zip(parts, adjusted, strict=True):
                each[corrected] = p


def closed(last_entry_at: datetime.datetime, window_days: int, end: datetime.datetime) -> bool:
    """Whether the window of the customer who entered last was over at ``end``."""
    # In UTC: Python adds days of the wall clock to a local time, and a window lasts w x 24 h.
    return last_entry_at.astimezone(datetime.UTC) + datetime.timedelta(hours=24 * window_days) <= end
