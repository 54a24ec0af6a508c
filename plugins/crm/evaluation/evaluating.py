"""Treated against held-out customers, as of a business date: append-only, versioned results in ``crm.result``.

SQL brings each result down to a few sums per stratum, ``results`` and ``intervals`` make figures of them. Only what
may have changed since the last evaluation is computed, and only what has changed is written.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from crm.evaluation import declared, groups, results, versions
from crm.evaluation.collecting import collect_in

if TYPE_CHECKING:
    from crm.business import Business
    from crm.evaluation.declared import Declared
    from crm.evaluation.groups import Group
    from crm.warehouse import Transaction, Warehouse

ANY_ORDER = "any_order"


class EvaluationError(Exception):
    """An evaluation would not be true; the message says what to do."""


class Scope(NamedTuple):
    """What one evaluation is about: its business date, and the instant at which that date ended."""

    tx: Transaction
    business: Business
    as_of: datetime.date
    end: datetime.datetime
    declarations: dict[str, Declared]
    holdouts: dict[tuple[str, str], float]


class Entries(NamedTuple):
    """Who entered a group: instants of the first and last entry, the declaration of the last, its declared goal."""

    first_at: datetime.datetime
    last_at: datetime.datetime
    declared: Declared
    goal: str
    holdout: float


def evaluate(
    warehouse: Warehouse, business: Business, as_of: datetime.date | None = None, *, everything: bool = False
) -> dict[str, Any]:
    """Evaluate what may have changed, as of the end of a business date, with the facts known on it.

    :param as_of: business date; default the latest complete one
    :param everything: also what cannot have changed (after a change of the evaluation settings)
    :return: ``as_of`` (ISO, or None before the first delivery), numbers of ``results`` computed, of ``new_versions``,
        ``unchanged`` ones, and by status
    :raises EvaluationError: ``as_of`` is not complete yet, or later results exist already
    """
    with warehouse.transaction() as tx:
        tx.run("evaluation/lock")
        collect_in(tx, business)
        as_of = _checked(tx, as_of)
        counts = {
            "results": 0,
            "new_versions": 0,
            "unchanged": 0,
            results.OPEN: 0,
            results.NOT_ENOUGH: 0,
            results.OK: 0,
        }
        if as_of is None:
            return {"as_of": None, **counts}
        scope = _scope(tx, business, as_of)
        facts = tx.row("evaluation/new_facts", as_of=as_of)
        if facts.last_as_of and as_of < facts.last_as_of:  # a shop was added: wait until all have caught up
            return {"as_of": as_of.isoformat(), **counts}
        due = _due(scope, facts, everything=everything)
        latest = _latest(tx, due)
        for result in _results(scope, due):
            counts["results"] += 1
            counts[result["status"]] += 1
            counts["new_versions" if _append(tx, result, latest.get(_key(result))) else "unchanged"] += 1
        _mark(tx, as_of, facts, counts)
        return {"as_of": as_of.isoformat(), **counts}


def compute(warehouse: Warehouse, business: Business, as_of: datetime.date) -> list[dict[str, Any]]:
    """Every result as of ``as_of``, also of the past, from what was known then; writes nothing.

    Conversions must have been collected. Keys are the columns of ``crm.result`` but version and reason.
    """
    with warehouse.transaction() as tx:
        rows = tx.rows("evaluation/due", since=groups.FIRST, as_of=as_of, send_dates=[], file_version_ids=[])
        return list(_results(_scope(tx, business, as_of), groups.of(rows)))


def _scope(tx: Transaction, business: Business, as_of: datetime.date) -> Scope:
    zone = ZoneInfo(business.time_zone)
    midnight = datetime.datetime.combine(as_of + datetime.timedelta(days=1), datetime.time(), zone)
    holdouts = {(row.campaign, row.epoch): float(row.holdout) for row in tx.rows("evaluation/epochs")}
    return Scope(tx, business, as_of, midnight.astimezone(datetime.UTC), declared.by_hash(tx, business), holdouts)


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


def _due(scope: Scope, facts: Any, *, everything: bool) -> list[Group]:
    """What may differ from the last evaluation; nothing when neither the date nor the facts have moved."""
    last = facts.last_as_of
    if last == scope.as_of and not facts.file_version_ids and not facts.send_dates and not everything:
        return []
    window = declared.longest_window(scope.declarations.values(), scope.business)
    since = groups.FIRST if everything or last is None else last - datetime.timedelta(days=window + 3)
    rows = scope.tx.rows(
        "evaluation/due",
        since=since,
        as_of=scope.as_of,
        send_dates=facts.send_dates,
        file_version_ids=facts.file_version_ids,
    )
    return groups.of(rows)


def _results(scope: Scope, due: list[Group]) -> Iterator[dict[str, Any]]:
    for group in due:
        entries = _entries(scope, group)
        if entries is None:
            continue
        for window_days, strata, is_closed in _windows(scope, group, entries):
            for goal, column in _goals(entries.goal):
                question = results.Question(column, is_closed, entries.holdout)
                yield {
                    **results.figures(strata, question, scope.business.evaluation),
                    **group.key(),
                    "goal": goal,
                    "window_days": window_days,
                    "is_primary": goal == entries.goal and window_days == entries.declared.primary_window_days,
                    "as_of": scope.as_of,
                }


def _entries(scope: Scope, group: Group) -> Entries | None:
    """Who entered; None where nobody did, because nobody approved it."""
    rows = scope.tx.rows("evaluation/entries", **group.bounds(scope.as_of))
    if not rows:
        return None
    last = rows[-1]
    shares = [
        scope.holdouts.get((group.campaign, row.epoch), scope.declarations[row.declaration_hash].holdout)
        for row in rows
    ]
    holdout = sum(row.customers * share for row, share in zip(rows, shares, strict=True)) / sum(
        row.customers for row in rows
    )
    first_at = min(row.first_entry_at for row in rows)
    return Entries(first_at, last.last_entry_at, scope.declarations[last.declaration_hash], last.goal, holdout)


def _goals(goal: str) -> list[tuple[str, str]]:
    """The declared goal, and any order beside it; with the column that counts its conversions."""
    return [(goal, "met_goal")] + ([(ANY_ORDER, "bought")] if goal != ANY_ORDER else [])


def _windows(scope: Scope, group: Group, entries: Entries) -> Iterator[tuple[int, list[Any], bool]]:
    """Window, its strata, and whether it is closed.

    A campaign that goes on for ever is never closed for the last who entered; its result to date is therefore that of
    the customers whose window has closed. When it did says nothing of the arm, so that leaves out nothing but time.
    """
    reference = entries.first_at if group.period == groups.TO_DATE else entries.last_at
    is_closed = {days: results.closed(reference, days, scope.end) for days in entries.declared.windows_days}
    for state in (True, False):
        windows = [days for days, value in is_closed.items() if value is state]
        if not windows:
            continue
        rows = scope.tx.rows(
            "evaluation/strata",
            **group.bounds(scope.as_of),
            windows=windows,
            closed_by=scope.end if state else None,
            cap_quantile=scope.business.evaluation.revenue_cap_quantile,
        )
        for days in windows:
            yield days, [row for row in rows if row.days == days], state


def _key(result: Any) -> tuple[Any, ...]:
    names = ("campaign", "occasion", "wave", "period", "goal", "window_days")
    return tuple(result[name] if isinstance(result, dict) else getattr(result, name) for name in names)


def _latest(tx: Transaction, due: list[Group]) -> dict[tuple[Any, ...], Any]:
    rows = tx.rows("evaluation/latest_results", campaigns=sorted({group.campaign for group in due}))
    return {_key(row): row for row in rows}


def _append(tx: Transaction, result: dict[str, Any], old: Any | None) -> bool:
    if old is not None and versions.same(result, old):
        return False
    version = old.version + 1 if old else 1
    tx.run("evaluation/append_result", **result, version=version, reason=versions.reason(result, old))
    return True


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
