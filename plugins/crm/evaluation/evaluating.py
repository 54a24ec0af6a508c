"""Treated against held-out customers, as of a business date: append-only, versioned results in ``crm.result``.

SQL brings each result down to a few sums per cell, ``results`` and ``intervals`` make figures of them. Only what may
have changed since the last evaluation is computed, and only what has changed is written.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from crm.evaluation import declared, entering, groups, measuring, results, scope, variants, versions
from crm.evaluation.cells import ALL
from crm.evaluation.collecting import collect_in

if TYPE_CHECKING:
    from crm.business import Business
    from crm.evaluation.entering import Entries
    from crm.evaluation.groups import Group
    from crm.evaluation.measuring import Measured
    from crm.evaluation.scope import Scope
    from crm.warehouse import Transaction, Warehouse

ANY_ORDER = "any_order"
#: Events of providers may come late: those of unknown messages are looked for again for a week.
LATE_DAYS = 10


class EvaluationError(Exception):
    """An evaluation would not be true; the message says what to do."""


class Outcome(NamedTuple):
    """What one group came to: rows of ``crm.result`` and of ``crm.variant_result``, but version and reason."""

    results: list[dict[str, Any]]
    variants: list[dict[str, Any]]


def evaluate(
    warehouse: Warehouse, business: Business, as_of: datetime.date | None = None, *, everything: bool = False
) -> dict[str, Any]:
    """Evaluate what may have changed, as of the end of a business date, with the facts known on it.

    :param as_of: business date; default the latest complete one
    :param everything: also what cannot have changed (after a change of the evaluation settings)
    :return: ``as_of`` (ISO, or None before the first delivery), numbers of ``results`` of whole audiences computed, of
        ``new_versions``, ``unchanged`` ones, and by status; ``parts``: new versions of parts and of variants
    :raises EvaluationError: ``as_of`` is not complete yet, or later results exist already
    """
    with warehouse.transaction() as tx:
        tx.run("evaluation/lock")
        collect_in(tx, business, recount=everything)
        as_of = _checked(tx, as_of)
        counts = {
            "results": 0,
            "new_versions": 0,
            "unchanged": 0,
            results.OPEN: 0,
            results.NOT_ENOUGH: 0,
            results.OK: 0,
            "parts": 0,
        }
        if as_of is None:
            return {"as_of": None, **counts}
        this = scope.read(tx, business, as_of)
        facts = tx.row("evaluation/new_facts", as_of=as_of)
        if facts.last_as_of and as_of < facts.last_as_of:  # a shop was added: wait until all have caught up
            return {"as_of": as_of.isoformat(), **counts}
        due = _due(this, facts, everything=everything)
        tx.run("evaluation/memory")
        outcome = _outcome(this, due)
        _count(counts, outcome, *_append(tx, outcome, due))
        _mark(tx, as_of, facts, counts)
        return {"as_of": as_of.isoformat(), **counts}


def compute(warehouse: Warehouse, business: Business, as_of: datetime.date) -> list[dict[str, Any]]:
    """Every result of a whole audience as of ``as_of``, also of the past, from what was known then; writes nothing.

    Conversions must have been collected. Keys are the columns of ``crm.result`` but version and reason.
    """
    with warehouse.transaction() as tx:
        rows = tx.rows("evaluation/due", since=groups.FIRST, as_of=as_of, send_dates=[], file_version_ids=[])
        outcome = _outcome(scope.read(tx, business, as_of), groups.of(rows))
        return [result for result in outcome.results if result["dimension"] == ALL]


def _checked(tx: Transaction, as_of: datetime.date | None) -> datetime.date | None:
    latest: datetime.date | None = tx.value("evaluation/latest_date")
    if as_of is None:
        return latest
    if latest is None or as_of > latest:
        there = f"the latest complete business date is {latest}" if latest else "no business date is complete"
        raise EvaluationError(f"cannot evaluate as of {as_of}: {there}; deliver the orders first (daily_orders)")
    last: datetime.date | None = tx.row("evaluation/new_facts", as_of=as_of).last_as_of
    if last and as_of < last:
        raise EvaluationError(
            f"cannot evaluate as of {as_of}: results as of {last} exist, and results are append-only; "
            "crm.evaluation.evaluating.compute() shows the past without writing"
        )
    return as_of


def _due(this: Scope, facts: Any, *, everything: bool) -> list[Group]:
    """What may differ from the last evaluation; nothing when neither the date nor the facts have moved."""
    last = facts.last_as_of
    if last == this.as_of and not facts.file_version_ids and not facts.send_dates and not everything:
        return []
    window = declared.longest_window(this.declarations.values(), this.business)
    since = groups.FIRST if everything or last is None else last - datetime.timedelta(days=window + LATE_DAYS)
    rows = this.tx.rows(
        "evaluation/due",
        since=since,
        as_of=this.as_of,
        send_dates=facts.send_dates,
        file_version_ids=facts.file_version_ids,
    )
    return groups.of(rows)


def _outcome(this: Scope, due: list[Group]) -> Outcome:
    found = Outcome([], [])
    for group in due:
        entries = entering.enter(this, group)
        if entries is not None:
            for window in measuring.measure(this, group, entries):
                found.results.extend(_results(this, group, entries, window))
                found.variants.extend(_variants(this, group, entries, window))
    return found


def _results(this: Scope, group: Group, entries: Entries, window: Measured) -> Iterator[dict[str, Any]]:
    """What one window says: of the declared goal also in parts."""
    for goal, column in _goals(entries.goal):
        question, declared_goal = _question(group, entries, window, column), goal == entries.goal
        primary = declared_goal and window.days == entries.declared.primary_window_days
        key = {**group.key(), "goal": goal, "window_days": window.days, "as_of": this.as_of}
        rules = this.business.evaluation
        of_whole = window.attributed | {"later_entries": entries.later}
        for result in results.of_window(window.cells, question, rules, of_whole, divided=declared_goal):
            yield result | key | {"is_primary": primary and result["dimension"] == ALL}


def _variants(this: Scope, group: Group, entries: Entries, window: Measured) -> Iterator[dict[str, Any]]:
    """What one window says of variants, by the declared goal."""
    question = _question(group, entries, window, "met_goal")
    key = {**group.key(), "goal": entries.goal, "window_days": window.days, "as_of": this.as_of}
    primary = window.days == entries.declared.primary_window_days
    for compared in variants.of_window(window.cells, question, this.business.evaluation, entries.variants):
        yield compared | key | {"is_primary": primary}


def _question(group: Group, entries: Entries, window: Measured, column: str) -> results.Question:
    return results.Question(column, window.closed, None, holdouts=entries.holdouts, pooled=bool(group.period))


def _goals(goal: str) -> list[tuple[str, str]]:
    """The declared goal, and any order beside it; with the column that counts its conversions."""
    return [(goal, "met_goal")] + ([(ANY_ORDER, "bought")] if goal != ANY_ORDER else [])


def _append(tx: Transaction, outcome: Outcome, due: list[Group]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Write what has changed, and return it."""
    campaigns = sorted({group.campaign for group in due})
    new = versions.of_results(outcome.results, tx.rows("evaluation/latest_results", campaigns=campaigns))
    compared = versions.of_variants(outcome.variants, tx.rows("evaluation/latest_variants", campaigns=campaigns))
    for step, rows in (("evaluation/append_results", new), ("evaluation/append_variants", compared)):
        if rows:
            tx.run(step, results=json.dumps(rows, default=str))
    return new, compared


def _count(counts: dict[str, int], outcome: Outcome, new: list[dict[str, Any]], compared: list[dict[str, Any]]) -> None:
    whole = [result for result in outcome.results if result["dimension"] == ALL]
    versions_of_whole = sum(result["dimension"] == ALL for result in new)
    counts["results"] = len(whole)
    counts["new_versions"] = versions_of_whole
    counts["unchanged"] = len(whole) - versions_of_whole
    counts["parts"] = len(new) - versions_of_whole + len(compared)
    for result in whole:
        counts[result["status"]] += 1


def _mark(tx: Transaction, as_of: datetime.date, facts: Any, counts: dict[str, int]) -> None:
    if counts["results"] or facts.file_version_ids or facts.send_dates or facts.last_as_of != as_of:
        tx.run(
            "evaluation/mark_evaluated",
            as_of=as_of,
            results=counts["results"],
            new_versions=counts["new_versions"],
            file_version_ids=facts.file_version_ids,
            send_dates=facts.send_dates,
        )
