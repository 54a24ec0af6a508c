"""Variants of a campaign against each other, among the treated: which words, which offer.

Fixed horizon: nothing but counts is given while the window is open, so that nobody stops at the first lucky day. Read
every day for a month, a plain interval "finds" a winner among equals many times as often as its 5 % say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crm.evaluation import cells as of_cells
from crm.evaluation import intervals, pooling, results
from crm.evaluation.cells import Cell

if TYPE_CHECKING:
    from crm.business import Evaluation
    from crm.evaluation.results import Question

FIGURES = (
    "is_primary", "assignment", "status", "customers", "reference_customers", "converted", "reference_converted",
    "rate", "reference_rate", "difference", "low", "high", "p_value", "p_adjusted", "probability_better",
    "detectable_effect", "revenue_difference", "revenue_low", "revenue_high", "revenue_p", "revenue_p_adjusted",
    "method", "dropped_strata", "dropped_customers",
)  # fmt: skip


def of_window(
    cells: Sequence[Cell], question: Question, rules: Evaluation, declared: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Every variant against the first declared one, among the treated cells of one window.

    :param declared: variants in their order; those that nobody was given are left out, others come behind
    :return: dictionaries with ``variant``, ``reference`` and ``FIGURES`` but ``is_primary``; empty with one variant
    """
    treated = [cell for cell in cells if cell.treated]
    there = {cell.variant for cell in treated}
    order = [name for name in declared if name in there] + sorted(there - set(declared))
    found = list(_against_first(treated, order, question, rules))
    for plain, corrected in (("p_value", "p_adjusted"), ("revenue_p", "revenue_p_adjusted")):
        adjusted = intervals.benjamini_hochberg([each[plain] for each in found])
        found = [each | {corrected: p} for each, p in zip(found, adjusted, strict=True)]
    return found


def _against_first(
    treated: Sequence[Cell], order: Sequence[str], question: Question, rules: Evaluation
) -> Iterator[dict[str, Any]]:
    groups = {name: [cell for cell in treated if cell.variant == name] for name in order}
    for name in order[1:]:
        compared = figures(groups[name], groups[order[0]], question, rules)
        yield {"variant": name, "reference": order[0], **compared}


def figures(
    variant: Sequence[Cell], reference: Sequence[Cell], question: Question, rules: Evaluation
) -> dict[str, Any]:
    """One variant against another: counts, and where the status is ok what they say. ``p_adjusted`` is left empty."""
    n = {True: sum(cell.customers for cell in variant), False: sum(cell.customers for cell in reference)}
    x = {
        arm: sum(getattr(cell, question.column) for cell in cells)
        for arm, cells in ((True, variant), (False, reference))
    }
    found: dict[str, Any] = dict.fromkeys(FIGURES[1:]) | {
        "assignment": question.assignment,
        "status": _status(n, x, question, rules),
        "customers": n[True],
        "reference_customers": n[False],
        "converted": x[True],
        "reference_converted": x[False],
        "rate": x[True] / n[True] if n[True] else None,
        "reference_rate": x[False] / n[False] if n[False] else None,
    }
    table = of_cells.table(variant, reference, ["customers", question.column])
    found |= {name: value for name, value in results.together(table, question).items() if name in FIGURES}
    found |= _pooled(table, question, rules)
    if found["status"] == results.OK:
        found |= _rates(table, question) | _revenue(variant, reference, question)
        found["probability_better"] = (
            pooling.probability_better(table)
            if question.pooled
            else intervals.probability_better(n[True], x[True], n[False], x[False])
        )
    return found


def _pooled(table: intervals.Array, question: Question, rules: Evaluation) -> dict[str, Any]:
    """Of pooled results: what strata with both variants say. One that was added later has none before."""
    if not question.pooled:
        return {}
    found = {"status": _status(*results.sizes(table, question), question, rules)}
    rates = results.pooled_rates(table, question)
    return found | (dict(zip(("rate", "reference_rate"), rates, strict=True)) if rates else {})


def _status(n: dict[bool, int], x: dict[bool, int], question: Question, rules: Evaluation) -> str:
    """As of a result; neither of two variants may be smaller than a control must be."""
    found = results.status(n, x, question.closed, rules)
    return results.NOT_ENOUGH if found == results.OK and n[True] < rules.minimum_control else found


def _rates(table: intervals.Array, question: Question) -> dict[str, Any]:
    difference, rates = question.method.difference_of_rates(table), question.method.rates(table)
    sizes = float(rates.treated_size), float(rates.control_size)
    return {
        **dict(zip(("difference", "low", "high"), map(float, difference), strict=True)),
        "p_value": question.method.p_of_no_difference(table),
        "detectable_effect": intervals.detectable_effect(float(rates.control), *sizes),
    }


def _revenue(variant: Sequence[Cell], reference: Sequence[Cell], question: Question) -> dict[str, Any]:
    method = question.method
    found = method.mean_difference(method.adjust(results.revenue_table(variant, reference)).table)
    named = zip(("revenue_difference", "revenue_low", "revenue_high"), intervals.interval_of_means(*found), strict=True)
    return {name: float(value) for name, value in named} | {"revenue_p": intervals.p_of_means(*found)}
